#include "cli/batch_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/batch_progress.hpp"
#include "io/tensor.hpp"
#include "support/error_name.hpp"

namespace tconv::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kRowsOfTable = 20;
constexpr std::size_t kShapesShown = 10;
constexpr std::size_t kNamesShown = 3;

std::string dumped(const ordered_json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

// Of any bytes: U+FFFD for what is not UTF-8, so that a terminal is not confused.
std::string shown(const std::string& name) {
  const std::string quoted = json_string(name);
  return quoted.substr(1, quoted.size() - 2);
}

// Characters of UTF-8.
std::size_t length(const std::string& text) {
  return std::size_t(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

ordered_json schedule_json(const batch::Schedule& schedule, std::int64_t memory_bytes) {
  return {{"jobs", schedule.jobs},
          {"threads", schedule.threads},
          {"in_flight", schedule.in_flight},
          {"memory_bytes", memory_bytes}};
}

std::string schedule_text(const batch::Schedule& schedule, std::int64_t memory_bytes) {
  return fmt::format("{} at once on {} thread{} each, {} in flight: {} of memory", schedule.jobs,
                     schedule.threads, schedule.threads == 1 ? "" : "s", schedule.in_flight,
                     bytes_text(memory_bytes));
}

std::int64_t count(std::span<const batch::Fate> fates, batch::Fate fate) {
  return std::count(fates.begin(), fates.end(), fate);
}

}  // namespace

std::string summary_text(const BatchSummary& summary) {
  const batch::Progress& progress = summary.progress;
  std::string text = fmt::format("{}: {} of {} files", summary.out_dir,
                                 progress.done + progress.done_before, summary.items.size());
  if (progress.done_before > 0) {
    text += fmt::format(", {} of them before", progress.done_before.load());
  }
  if (progress.skipped > 0) text += fmt::format(", {} skipped", progress.skipped.load());
  if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed.load());
  text += fmt::format(", in {}", duration_text(summary.seconds));
  if (progress.done > 0) text += fmt::format(" ({})", rates_text(progress, summary.seconds));
  return text + '\n';
}

std::string summary_json(const BatchSummary& summary) {
  const batch::Progress& progress = summary.progress;
  ordered_json object{{"schema", 1},
                      {"command", "batch"},
                      {"items", summary.items.size()},
                      {"done", progress.done.load()},
                      {"done_before", progress.done_before.load()},
                      {"skipped", progress.skipped.load()},
                      {"failed", progress.failed.load()},
                      {"seconds", summary.seconds},
                      {"bytes_in", progress.bytes_in.load()},
                      {"bytes_out", progress.bytes_out.load()},
                      {"macs", progress.macs.load()}};
  object.update(schedule_json(summary.schedule, summary.memory_bytes));
  object["job"] = summary.job;
  object["journal"] = summary.journal;
  object["failures"] = ordered_json::array();
  for (const batch::Failure& failure : summary.outcome.failures) {
    object["failures"].push_back({{"input", summary.items[failure.item].input},
                                  {"code", support::error_name(failure.error.code)},
                                  {"where", failure.error.where},
                                  {"message", failure.error.what}});
  }
  if (!summary.resume.empty()) object["resume"] = summary.resume;
  return dumped(object);
}

std::string failure_table(const BatchSummary& summary) {
  const auto& failures = summary.outcome.failures;
  const std::size_t rows = std::min(failures.size(), kRowsOfTable);
  std::size_t width = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    width = std::max(width, length(shown(summary.items[failures[i].item].input)));
  }
  std::string text;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string& input = summary.items[failures[i].item].input;
    const Error& error = failures[i].error;
    const std::string where = error.where == input ? "" : shown(error.where) + ": ";
    text += fmt::format("  {:<{}}  exit {}  {}{}\n", shown(input), width,
                        static_cast<int>(exit_code_of(error.code)), where, error.what);
  }
  const auto failed = static_cast<std::size_t>(summary.progress.failed.load());
  if (failed > rows) {
    text += fmt::format("  and {} more, in {}\n", failed - rows, summary.journal);
  }
  return fmt::format("tconv: {} of {} files failed\n{}", failed, summary.items.size(), text);
}

std::string dry_run_text(const DryRun& dry_run) {
  const batch::Survey& survey = dry_run.survey;
  const auto to_compute = count(dry_run.fates, batch::Fate::Compute);
  std::string text = fmt::format("{} of {} files to compute: {} in, {} out, {:.1f} GFLOP\n",
                                 to_compute, dry_run.items.size(), bytes_text(survey.x_bytes),
                                 bytes_text(survey.y_bytes), 2e-9 * double(survey.macs));
  for (std::size_t i = 0; i < std::min(survey.shapes.size(), kShapesShown); ++i) {
    const batch::ShapeCount& each = survey.shapes[i];
    text +=
        fmt::format("  {} of {} {} -> {} {}\n", each.items, io::shape_text(each.x_shape),
                    name(each.x_dtype), io::shape_text(each.needs.y_shape), name(each.needs.dtype));
  }
  if (survey.shapes.size() > kShapesShown) {
    text += fmt::format("  and {} more shapes\n", survey.shapes.size() - kShapesShown);
  }
  std::size_t names = 0;
  for (std::size_t i = 0; i < dry_run.items.size() && names < kNamesShown; ++i) {
    if (dry_run.fates[i] != batch::Fate::Compute) continue;
    ++names;
    text +=
        fmt::format("  {} -> {}\n", shown(dry_run.items[i].input), shown(dry_run.items[i].output));
  }
  if (to_compute > std::int64_t(names)) text += "  ...\n";
  const auto before = count(dry_run.fates, batch::Fate::Done);
  const auto skipped = count(dry_run.fates, batch::Fate::Skip);
  if (before > 0) text += fmt::format("{} done before\n", before);
  if (skipped > 0) text += fmt::format("{} skipped, their results are there\n", skipped);
  return text + fmt::format("{}\njournal: {}\n",
                            schedule_text(dry_run.schedule, dry_run.memory_bytes), dry_run.journal);
}

std::string dry_run_json(const DryRun& dry_run) {
  const batch::Survey& survey = dry_run.survey;
  ordered_json object{{"schema", 1},
                      {"command", "batch"},
                      {"dry_run", true},
                      {"items", dry_run.items.size()},
                      {"to_compute", count(dry_run.fates, batch::Fate::Compute)},
                      {"done_before", count(dry_run.fates, batch::Fate::Done)},
                      {"skipped", count(dry_run.fates, batch::Fate::Skip)},
                      {"would_fail", survey.refused},
                      {"bytes_in", survey.x_bytes},
                      {"bytes_out", survey.y_bytes},
                      {"macs", survey.macs}};
  object.update(schedule_json(dry_run.schedule, dry_run.memory_bytes));
  object["journal"] = dry_run.journal;
  object["shapes"] = ordered_json::array();
  for (const batch::ShapeCount& each : survey.shapes) {
    object["shapes"].push_back({{"items", each.items},
                                {"input_shape", each.x_shape},
                                {"input_dtype", name(each.x_dtype)},
                                {"output_shape", each.needs.y_shape},
                                {"dtype", name(each.needs.dtype)}});
  }
  return dumped(object);
}

}  // namespace tconv::cli
