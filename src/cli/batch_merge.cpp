#include "cli/batch_merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "batch/merge_journals.hpp"
#include "cli/report.hpp"

namespace tconv::cli {
namespace {

Result<std::vector<std::string>> journals_of(const BatchOptions& options) {
  const auto usage = [](std::string what, std::string hint) {
    return Error{.code = ErrorCode::Usage, .what = std::move(what), .hint = std::move(hint)};
  };
  if (!options.layer.weights.empty() || !options.out_dir.empty() || !options.shard.empty()) {
    return usage("--merge-journals takes journals, and computes nothing",
                 "tconv batch --merge-journals all.jsonl out/*.jsonl");
  }
  std::vector<std::string> journals;
  if (!options.layer.spec.empty()) journals.push_back(options.layer.spec);  // stands in its place
  journals.insert(journals.end(), options.inputs.begin(), options.inputs.end());
  for (const std::string& journal : journals) {
    std::error_code missing;
    if (!std::filesystem::equivalent(options.merge_journals, journal, missing)) continue;
    return usage(
        fmt::format("--merge-journals {} is also an input ({})", options.merge_journals, journal),
        "an input is never overwritten");
  }
  return journals;
}

struct Counts {
  std::int64_t done = 0, failed = 0, skipped = 0;
};

Counts counts_of(const batch::MergedJournals& merged) {
  Counts counts;
  for (const batch::JournalEntry& entry : merged.entries) {
    switch (entry.status) {
      case batch::ItemStatus::Done: ++counts.done; break;
      case batch::ItemStatus::Failed: ++counts.failed; break;
      case batch::ItemStatus::Skipped: ++counts.skipped; break;
    }
  }
  return counts;
}

std::string merged_json(const BatchOptions& options, const batch::MergedJournals& merged) {
  const Counts counts = counts_of(merged);
  std::vector<std::string> problems;
  for (const std::string& problem : merged.problems) problems.push_back(json_string(problem));
  return fmt::format(
      R"({{"schema": 1, "command": "batch", "journal": {}, "items": {}, "done": {}, "failed": {}, )"
      R"("skipped": {}, "problems": [{}]}})"
      "\n",
      problems.empty() ? json_string(options.merge_journals) : "null", merged.header.items,
      counts.done, counts.failed, counts.skipped, fmt::join(problems, ", "));
}

std::string merged_text(const BatchOptions& options, const batch::MergedJournals& merged) {
  const Counts counts = counts_of(merged);
  std::string text = fmt::format("{}: {} files, {} done", options.merge_journals,
                                 merged.header.items, counts.done);
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  if (counts.skipped > 0) text += fmt::format(", {} skipped", counts.skipped);
  return text + '\n';
}

std::string problem_text(const batch::MergedJournals& merged) {
  std::string text = "tconv: the shards are not complete; no journal is written\n";
  for (const std::string& problem : merged.problems) text += "  " + printable(problem) + '\n';
  return text;
}

}  // namespace

int merge_journals(const BatchOptions& options) {
  const Voice voice = options.layer.voice();
  const auto journals = journals_of(options);
  if (!journals) return report(journals.error(), voice);
  const auto merged = batch::merge_journal_files(*journals);
  if (!merged) return report(merged.error(), voice);
  const bool complete = merged->problems.empty();
  if (complete) {
    if (auto written = batch::write_journal(*merged, options.merge_journals); !written) {
      return report(written.error(), voice);
    }
  }
  std::string text;
  if (voice.json) {
    text = merged_json(options, *merged);
  } else if (!complete) {
    message(problem_text(*merged));
  } else if (!voice.quiet) {
    text = merged_text(options, *merged);
  }
  if (const int failed = print(text, voice); failed != 0) return failed;
  const bool all_done = complete && counts_of(*merged).failed == 0;
  return static_cast<int>(all_done ? ExitCode::Done : ExitCode::No);
}

}  // namespace tconv::cli
