// --shard, and what schedulers say of the process they start.
// Sources: sbatch(1) "OUTPUT ENVIRONMENT VARIABLES"; Kubernetes "Indexed Job for Parallel
// Processing with Static Work Assignment"; Open MPI 5.0 "Environment variables".
#include "batch/shard.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

namespace tconv::batch {
namespace {

constexpr const char* kWayOut = "say it with --shard I/N";
constexpr std::int64_t kMostShards = 1'000'000'000;

Error usage(std::string what, std::string hint = {}) {
  return {.code = ErrorCode::Usage, .what = std::move(what), .hint = std::move(hint)};
}

// The whole of `text` as a number from 0 to a billion.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = failed == std::errc{} && end == text.data() + text.size();
  return good && 0 <= value && value <= kMostShards ? std::optional(value) : std::nullopt;
}

// A variable as a number; nullopt where it is not set.
Result<std::optional<std::int64_t>> variable(const Environment& environment, const char* name) {
  const auto text = environment(name);
  if (!text) return std::optional<std::int64_t>();
  const auto value = whole_number(*text);
  if (value) return value;
  return usage(fmt::format("--shard auto: {} = \"{}\" is no number", name, *text), kWayOut);
}

// What one scheduler says; nullopt where it did not start this process.
using Told = Result<std::optional<Shard>>;

Told told(std::int64_t index, std::int64_t count, const char* source) {
  return std::optional(Shard{.index = index, .count = count, .source = source});
}

// The place of a task in an array that Slurm was given as one range, `1-8` or `0-14:2`. Of a list
// the variables tell no place; it shows, since they call its step 1 whatever it is.
Told slurm_array(const Environment& environment, std::optional<std::int64_t>) {
  const char* const kNames[] = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
                                "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
                                "SLURM_ARRAY_TASK_STEP"};
  std::int64_t numbers[std::size(kNames)] = {};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const auto value = variable(environment, kNames[i]);
    if (!value) return value.error();
    if (!*value && i == 0) return std::optional<Shard>();
    if (!*value) {
      return usage(fmt::format("--shard auto: {} is set, {} is not", kNames[0], kNames[i]),
                   kWayOut);
    }
    numbers[i] = **value;
  }
  const auto [id, count, least, most, step] = numbers;
  const bool is_range = count >= 1 && step >= 1 && (count - 1) * step == most - least &&
                        least <= id && id <= most && (id - least) % step == 0;
  if (is_range) return told((id - least) / step + 1, count, "the Slurm array");
  return usage(
      fmt::format("--shard auto: task {} is one of {} from {} to {} of a Slurm array that is no "
                  "range of step {}: its place among them is not known",
                  id, count, least, most, step),
      "sbatch --array=1-N with --shard $SLURM_ARRAY_TASK_ID/N, also to repeat some tasks of it");
}

// Kubernetes tells a pod its index, but not of how many.
Told kubernetes_job(const Environment& environment, std::optional<std::int64_t> count) {
  const auto index = variable(environment, "JOB_COMPLETION_INDEX");
  if (!index) return index.error();
  if (!*index) return std::optional<Shard>();
  if (!count) {
    return usage(
        fmt::format("--shard auto: JOB_COMPLETION_INDEX = {}, and nothing says of how many",
                    **index),
        "--shard auto/N with the Job's completions for N");
  }
  if (**index >= *count) {
    return usage(fmt::format("--shard auto/{}: JOB_COMPLETION_INDEX = {} counts from 0, and is not "
                             "below {}",
                             *count, **index, *count),
                 "N is the Job's completions");
  }
  return told(**index + 1, *count, "the Kubernetes Job");
}

Told ranks(const Environment& environment, const char* rank_name, const char* size_name,
           const char* source) {
  const auto rank = variable(environment, rank_name);
  if (!rank) return rank.error();
  const auto size = variable(environment, size_name);
  if (!size) return size.error();
  if (!*rank || !*size) return std::optional<Shard>();
  if (**rank >= **size) {
    return usage(fmt::format("--shard auto: {} = {} is not below {} = {}", rank_name, **rank,
                             size_name, **size),
                 kWayOut);
  }
  return told(**rank + 1, **size, source);
}

Told open_mpi(const Environment& environment, std::optional<std::int64_t>) {
  return ranks(environment, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "Open MPI");
}

Told pmi(const Environment& environment, std::optional<std::int64_t>) {
  return ranks(environment, "PMI_RANK", "PMI_SIZE", "PMI");
}

// The shell of a batch script is task 0 of all that were asked for, and mpirun hands that down to
// every rank: only what srun starts is a task among others.
Told slurm_tasks(const Environment& environment, std::optional<std::int64_t>) {
  const bool inside_mpirun = environment("OMPI_COMM_WORLD_RANK") || environment("PMI_RANK");
  if (inside_mpirun || !environment("SLURM_STEP_ID")) return std::optional<Shard>();
  return ranks(environment, "SLURM_PROCID", "SLURM_NTASKS", "srun");
}

constexpr std::array kSchedulers{&slurm_array, &kubernetes_job, &open_mpi, &pmi, &slurm_tasks};

// What they say together.
Result<Shard> agreed(const std::vector<Shard>& shards) {
  const Shard* chosen = &shards[0];
  for (const Shard& shard : shards) {
    if (shard.count == 1) continue;
    if (chosen->count == 1) chosen = &shard;
    if (shard.index == chosen->index && shard.count == chosen->count) continue;
    return usage(fmt::format("--shard auto: {} says {}, {} says {}", chosen->source,
                             shard_text(*chosen), shard.source, shard_text(shard)),
                 fmt::format("say which, --shard {} or --shard {}, or start one task only",
                             shard_text(*chosen), shard_text(shard)));
  }
  return *chosen;
}

Result<Shard> automatic(const Environment& environment, std::optional<std::int64_t> count) {
  std::vector<Shard> shards;
  for (const auto scheduler : kSchedulers) {
    auto said = scheduler(environment, count);
    if (!said) return said.error();
    if (*said) shards.push_back(**said);
  }
  if (shards.empty()) {
    return usage(
        "--shard auto: no scheduler says which part this is: none of SLURM_ARRAY_TASK_ID, "
        "JOB_COMPLETION_INDEX, OMPI_COMM_WORLD_RANK, PMI_RANK and SLURM_PROCID is set",
        kWayOut);
  }
  auto shard = agreed(shards);
  if (shard && count && shard->count != *count) {
    return usage(
        fmt::format("--shard auto/{}: {} says {}", *count, shard->source, shard_text(*shard)),
        "N must be as many as were started");
  }
  return shard;
}

}  // namespace

std::string shard_text(const Shard& shard) {
  return fmt::format("{}/{}", shard.index, shard.count);
}

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Result<Shard> parse_shard(std::string_view text, const Environment& environment) {
  if (text == "auto") return automatic(environment, std::nullopt);
  const std::size_t slash = text.find('/');
  const std::string_view first = text.substr(0, slash);
  const auto count =
      slash == std::string_view::npos ? std::nullopt : whole_number(text.substr(slash + 1));
  if (first == "auto" && count && *count >= 1) return automatic(environment, count);
  const auto index = whole_number(first);
  if (!index || !count) {
    return usage(fmt::format("--shard {} must be I/N, such as 1/8 to 8/8, or auto", text));
  }
  if (*index < 1 || *index > *count) {
    return usage(fmt::format("--shard {}: {} is not 1 to {}", text, *index, *count),
                 *index == 0 ? "parts are counted from 1" : "");
  }
  return Shard{.index = *index, .count = *count, .source = "--shard"};
}

}  // namespace tconv::batch
