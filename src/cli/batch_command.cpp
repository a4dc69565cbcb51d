// tconv batch: one layer, or a chain of them, on many files in one process.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>

#include "batch/job.hpp"
#include "batch/run_batch.hpp"
#include "batch/run_stack.hpp"
#include "batch/survey.hpp"
#include "cli/batch_merge.hpp"
#include "cli/batch_options.hpp"
#include "cli/batch_progress.hpp"
#include "cli/batch_report.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "support/file.hpp"
#include "support/parallel.hpp"

namespace tconv::cli {
namespace {

// In flight are parts of a stack, of which there are enough.
constexpr std::int64_t kSlicesOfStack = 1 << 20;

// All that is known before any work.
struct Prepared {
  batch::Chain chain{};
  std::vector<batch::Item> items{};
  std::vector<batch::Fate> fates{};
  batch::JournalHeader header{};
  std::optional<batch::JournalContents> journal_before{};
  batch::ChainNeeds needs{};
  batch::Schedule schedule{};

  std::int64_t memory_bytes() const { return batch::schedule_bytes(schedule, needs); }
};

Result<std::vector<batch::Input>> find_inputs(const BatchOptions& options) {
  batch::DiscoverRequest request{.arguments = options.inputs,
                                 .recursive = options.recursive,
                                 .output_folder = options.out_dir};
  if (!options.files_from.empty()) {
    const bool is_stdin = options.files_from == "-";
    const auto list = is_stdin ? support::read_all(STDIN_FILENO, "standard input")
                               : support::map_file(options.files_from);
    if (!list) return list.error();
    request.listed =
        batch::split_list({reinterpret_cast<const char*>(list->data.get()), list->size_bytes},
                          options.null_separated ? '\0' : '\n');
    if (request.listed.empty() && options.inputs.empty()) {
      return Error{.code = ErrorCode::Usage, .where = options.files_from, .what = "names no file"};
    }
  }
  return batch::discover(request);
}

// Files that no output may replace, beside the inputs.
std::vector<std::string> files_of(const BatchOptions& options, const batch::Chain& chain) {
  std::vector<std::string> files = {options.layer.spec, options.files_from};
  for (const batch::ChainLayer& layer : chain.layers) {
    for (const io::Tensor& w : layer.weights) files.push_back(w.name);
    if (layer.bias) files.push_back(layer.bias->name);
  }
  return files;
}

Result<void> check_journal(const BatchOptions& options, const BatchMeaning& meaning,
                           const Prepared& prepared) {
  const bool useful = prepared.journal_before && !prepared.journal_before->entries.empty();
  if (useful && options.resume && prepared.journal_before->header.shard != prepared.header.shard) {
    return Error{.code = ErrorCode::Usage,
                 .what = fmt::format("{} is the journal of shard {}, this is {}", meaning.journal,
                                     prepared.journal_before->header.shard, prepared.header.shard),
                 .hint = "each shard has its own journal"};
  }
  if (!useful || options.resume || meaning.overwrite != batch::Overwrite::Refuse) return {};
  return Error{.code = ErrorCode::Usage,
               .what = fmt::format("{} is the journal of an earlier run", meaning.journal),
               .hint =
                   "--resume goes on with it, --overwrite begins anew, --journal FILE writes "
                   "another"};
}

Result<Prepared> prepare(const BatchOptions& options, const BatchMeaning& meaning) {
  Prepared prepared;
  auto chain = batch::read_chain(meaning.chain);
  if (!chain) return chain.error();
  prepared.chain = *std::move(chain);
  const auto inputs = find_inputs(options);
  if (!inputs) return inputs.error();
  auto items = batch::name_outputs(
      *inputs, {.folder = options.out_dir, .name_template = meaning.out_template});
  if (!items) return items.error();
  const auto all = std::int64_t(items->size());
  // Names are made of all inputs, so that every shard sees two results of one name.
  prepared.items = batch::items_of(meaning.shard, *std::move(items));
  const auto outputs =
      batch::look_at_outputs(prepared.items, *inputs, files_of(options, prepared.chain));
  if (!outputs) return outputs.error();

  prepared.header = {
      .tconv = TCONV_VERSION,
      .job = batch::job_digest(prepared.chain, meaning.plan, io::format_name(meaning.format)),
      .items = all,
      .shard = batch::shard_text(meaning.shard)};
  auto journal = batch::read_journal(meaning.journal);
  if (!journal) return journal.error();
  prepared.journal_before = *std::move(journal);
  if (auto ok = check_journal(options, meaning, prepared); !ok) return ok.error();
  batch::SelectRequest select{.items = prepared.items,
                              .outputs = *outputs,
                              .overwrite = meaning.overwrite,
                              .hash = options.hash,
                              .format = meaning.format};
  const bool same_job =
      prepared.journal_before && prepared.journal_before->header.job == prepared.header.job;
  if (options.resume && same_job) select.done_before = prepared.journal_before->entries;
  if (!same_job) prepared.journal_before.reset();
  auto fates = batch::select_items(select);
  if (!fates) return fates.error();
  prepared.fates = *std::move(fates);

  auto needs = options.stack ? batch::stack_needs({.chain = prepared.chain,
                                                   .items = prepared.items,
                                                   .fates = prepared.fates,
                                                   .plan = meaning.plan})
                             : batch::largest_needs({.chain = prepared.chain,
                                                     .items = prepared.items,
                                                     .fates = prepared.fates,
                                                     .plan = meaning.plan});
  if (!needs) return needs.error();
  prepared.needs = *std::move(needs);
  const auto schedule = batch::make_schedule(
      {.items = options.stack ? kSlicesOfStack : std::int64_t(prepared.items.size()),
       .needs = prepared.needs,
       .jobs = meaning.jobs,
       .threads = meaning.threads,
       .cores = support::machine_threads(),
       .max_bytes = meaning.max_bytes});
  if (!schedule) return schedule.error();
  prepared.schedule = *schedule;
  return prepared;
}

// With what an earlier run of the same job has written, where that is to be gone on with.
Result<batch::Journal> open_journal(const BatchOptions& options, const BatchMeaning& meaning,
                                    const Prepared& prepared) {
  if (!options.resume || !prepared.journal_before) {
    return batch::Journal::begin(meaning.journal, prepared.header);
  }
  const batch::JournalContents& before = *prepared.journal_before;
  if (before.header == prepared.header) {
    return batch::Journal::go_on(meaning.journal, before.whole_bytes);
  }
  return batch::Journal::begin(meaning.journal, prepared.header, before.entries);
}

// What killed runs of this job have left; other jobs may be at work in the same folders.
std::string temporary_prefix(const batch::JournalHeader& header) {
  constexpr std::size_t kDigits = 12;
  std::string shard = header.shard;
  std::replace(shard.begin(), shard.end(), '/', '-');
  return fmt::format(".tconv-{}-{}-", header.job.substr(0, kDigits), shard);
}

ProgressStyle progress_style(const BatchOptions& options) {
  if (options.layer.quiet || options.layer.json) return ProgressStyle::None;
  if (isatty(STDERR_FILENO) == 1) return ProgressStyle::Bar;
  return options.verbose ? ProgressStyle::Lines : ProgressStyle::None;
}

int finish(const BatchOptions& options, const BatchSummary& summary, int signal) {
  const Voice voice = options.layer.voice();
  for (const std::string& text : summary.outcome.notes) note(text, voice);
  const std::string text = voice.json    ? summary_json(summary)
                           : voice.quiet ? std::string()
                                         : summary_text(summary);
  if (const int failed = print(text, voice); failed != 0) return failed;
  const auto& failures = summary.outcome.failures;
  if (!failures.empty() && options.continue_on_error) {
    if (!voice.json) message(failure_table(summary));
  } else if (!failures.empty()) {
    return report(failures[0].error, voice);
  }
  if (signal != 0) {
    constexpr int kSignalled = 128;
    if (!voice.quiet && !voice.json) {
      message(fmt::format("tconv: {}: {} of {} files are done; go on with\n  {}\n",
                          signal == SIGINT ? "interrupted" : "terminated",
                          summary.progress.done + summary.progress.done_before,
                          summary.items.size(), summary.resume));
    }
    return kSignalled + signal;
  }
  return static_cast<int>(failures.empty() ? ExitCode::Done : ExitCode::No);
}

int dry_run(const BatchOptions& options, const BatchMeaning& meaning, const Prepared& prepared) {
  const Voice voice = options.layer.voice();
  const batch::Survey survey = batch::survey({.chain = prepared.chain,
                                              .items = prepared.items,
                                              .fates = prepared.fates,
                                              .plan = meaning.plan});
  const DryRun view{.items = prepared.items,
                    .fates = prepared.fates,
                    .survey = survey,
                    .schedule = prepared.schedule,
                    .memory_bytes = prepared.memory_bytes(),
                    .journal = meaning.journal};
  const std::string text = voice.json ? dry_run_json(view) : dry_run_text(view);
  if (const int failed = print(voice.quiet && !voice.json ? "" : text, voice); failed != 0) {
    return failed;
  }
  return survey.first_refusal ? report(*survey.first_refusal, voice)
                              : static_cast<int>(ExitCode::Done);
}

void note_shard(const BatchOptions& options, const BatchMeaning& meaning,
                const Prepared& prepared) {
  if (!options.verbose || options.shard.empty()) return;
  note(fmt::format("shard {}, as {} says: {} of {} files", batch::shard_text(meaning.shard),
                   meaning.shard.source, prepared.items.size(), prepared.header.items),
       options.layer.voice());
}

int run(const BatchOptions& options) {
  const Voice voice = options.layer.voice();
  if (!options.merge_journals.empty()) return merge_journals(options);
  const auto meaning = meaning_of(options);
  if (!meaning) return report(meaning.error(), voice);
  const auto prepared = prepare(options, *meaning);
  if (!prepared) return report(prepared.error(), voice);
  note_shard(options, *meaning, *prepared);
  if (options.dry_run) return dry_run(options, *meaning, *prepared);

  const Interrupt interrupt;
  const batch::BatchRequest request{
      .chain = prepared->chain,
      .items = prepared->items,
      .fates = prepared->fates,
      .plan = meaning->plan,
      .schedule = prepared->schedule,
      .max_bytes = meaning->max_bytes,
      .format = meaning->format,
      .placement = {.sync = options.sync, .temporary_prefix = temporary_prefix(prepared->header)},
      .hash = options.hash,
      .continue_on_error = options.continue_on_error};
  const auto folders = batch::make_output_folders(prepared->items, options.out_dir);
  if (!folders) return report(folders.error(), voice);
  auto journal = open_journal(options, *meaning, *prepared);
  if (!journal) return report(journal.error(), voice);
  if (options.resume) {
    for (const std::string& folder : *folders) {
      support::remove_leftovers(folder, request.placement.temporary_prefix);
    }
  }
  batch::Progress progress;
  const auto start = std::chrono::steady_clock::now();
  auto outcome = [&] {
    const BatchProgress shown(progress, std::int64_t(prepared->items.size()),
                              progress_style(options));
    const auto run_all = options.stack ? batch::run_stacks : batch::run_batch;
    return run_all(request, *journal, progress, interrupt.flag());
  }();
  if (!outcome) return report(outcome.error(), voice);
  const auto through = progress.done + progress.failed + progress.skipped + progress.done_before;
  const bool all = through == std::int64_t(prepared->items.size());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return finish(options,
                {.items = prepared->items,
                 .progress = progress,
                 .outcome = *outcome,
                 .schedule = prepared->schedule,
                 .memory_bytes = prepared->memory_bytes(),
                 .seconds = seconds.count(),
                 .job = prepared->header.job,
                 .journal = meaning->journal,
                 .out_dir = options.out_dir,
                 .resume = all && progress.failed == 0 ? "" : resume_command()},
                all ? 0 : interrupt.signal());
}

constexpr const char* kExamples = R"(Examples:
  tconv batch 'nn.Conv2d(3, 64, 7, stride=2, padding=3)' -w w.npy -b b.npy --out-dir out images/
  tconv batch layer.json --out-dir out --recursive --out-template '{stem}.y.npy' data/ 'more/*/x*.npy'
  find data -name '*.npy' -print0 | tconv batch layer.json --out-dir out --files-from - -0
  tconv batch layer.json --out-dir out data/ --resume       # after a crash, a signal, a full disk
  mpirun -n 4 tconv batch layer.json --out-dir out data/ --shard auto
  tconv batch --merge-journals all.jsonl out/*.jsonl        # are all shards through?

A result appears whole or not at all, however the process ends. The journal has a line for each file
that is finished; --resume computes what it does not call done, for the same layer, weights and input.
After a power cut, files that the journal calls done may be short: --resume looks at their size and
does them again; with --sync none are.
)";

}  // namespace

Command add_batch(CLI::App& app) {
  auto options = std::make_shared<BatchOptions>();
  CLI::App& command = *app.add_subcommand("batch", "many files through one layer or chain");
  command.footer(kExamples);
  add_batch_options(command, *options);
  return [options] { return run(*options); };
}

}  // namespace tconv::cli
