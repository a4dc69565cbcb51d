// tconv batch: one layer, or a chain of them, on many files in one process.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>

#include "batch/run_batch.hpp"
#include "batch/run_stack.hpp"
#include "batch/survey.hpp"
#include "cli/batch_merge.hpp"
#include "cli/batch_options.hpp"
#include "cli/batch_prepare.hpp"
#include "cli/batch_progress.hpp"
#include "cli/batch_report.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/seconds_since.hpp"

namespace tconv::cli {
namespace {

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

int dry_run(const BatchOptions& options, const BatchMeaning& meaning,
            const PreparedBatch& prepared) {
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
                const PreparedBatch& prepared) {
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
  const auto prepared = prepare_batch(options, *meaning);
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
  const auto start = Clock::now();
  auto outcome = [&] {
    const BatchProgress shown(progress, std::int64_t(prepared->items.size()),
                              progress_style(options));
    const auto run_all = options.stack ? batch::run_stacks : batch::run_batch;
    return run_all(request, *journal, progress, interrupt.flag());
  }();
  if (!outcome) return report(outcome.error(), voice);
  const auto through = progress.done + progress.failed + progress.skipped + progress.done_before;
  const bool all = through == std::int64_t(prepared->items.size());
  const double seconds = seconds_since(start);
  return finish(options,
                {.items = prepared->items,
                 .progress = progress,
                 .outcome = *outcome,
                 .schedule = prepared->schedule,
                 .memory_bytes = prepared->memory_bytes(),
                 .seconds = seconds,
                 .job = prepared->header.job,
                 .journal = meaning->journal,
                 .out_dir = options.out_dir,
                 .resume = all && progress.failed == 0 ? "" : resume_command()},
                all ? 0 : interrupt.signal());
}

constexpr const char* kBatchExamples = R"(Examples:
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
  command.footer(kBatchExamples);
  add_batch_options(command, *options);
  return [options] { return run(*options); };
}

}  // namespace tconv::cli
