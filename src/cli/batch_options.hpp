// The options of tconv batch: as typed, and as meant.
#pragma once
#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "batch/resume.hpp"
#include "batch/shard.hpp"
#include "cli/layer_options.hpp"
#include "cli/plan_options.hpp"
#include "io/write.hpp"

namespace tconv::cli {

// As typed.
struct BatchOptions {
  LayerOptions layer{};
  PlanFlags plan{};
  std::vector<std::string> inputs{};
  std::string files_from{}, out_dir{}, out_template{}, format{}, journal{}, overwrite{};
  std::string max_memory{}, shard{}, merge_journals{};
  std::optional<int> jobs{};
  bool null_separated = false, recursive = false, stack = false, resume = false, hash = false;
  bool continue_on_error = false, fail_fast = false, sync = false, dry_run = false;
  bool verbose = false;
};

// As meant.
struct BatchMeaning {
  batch::ChainRequest chain{};
  PlanOptions plan{};
  std::optional<int> jobs{}, threads{};
  std::int64_t max_bytes = 0;
  io::Format format = io::Format::Npy;
  std::string out_template{}, journal{};
  batch::Shard shard{};
  batch::Overwrite overwrite = batch::Overwrite::Refuse;
};

void add_batch_options(CLI::App& command, BatchOptions& options);

// Fails with Usage.
Result<BatchMeaning> meaning_of(const BatchOptions& options);

}  // namespace tconv::cli
