// What a batch says in the end, and what a dry run says instead.
#pragma once
#include <span>
#include <string>

#include "batch/run_batch.hpp"
#include "batch/survey.hpp"
#include "cli/report.hpp"

namespace tconv::cli {

struct BatchSummary {
  std::span<const batch::Item> items{};
  const batch::Progress& progress;
  const batch::BatchOutcome& outcome;
  batch::Schedule schedule{};
  std::int64_t memory_bytes = 0;
  double seconds = 0;
  std::string job{}, journal{}, out_dir{};
  std::string resume{};  // the command that goes on; empty where nothing is left
};

std::string summary_text(const BatchSummary& summary);
std::string summary_json(const BatchSummary& summary);

// The failures as a table, the first of many.
std::string failure_table(const BatchSummary& summary);

struct DryRun {
  std::span<const batch::Item> items{};
  std::span<const batch::Fate> fates{};
  const batch::Survey& survey;
  batch::Schedule schedule{};
  std::int64_t memory_bytes = 0;
  std::string journal{};
};

std::string dry_run_text(const DryRun& dry_run);
std::string dry_run_json(const DryRun& dry_run);

}  // namespace tconv::cli
