// The options of tconv run: as typed, and as meant.
#pragma once
#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "cli/layer_options.hpp"
#include "cli/plan_options.hpp"
#include "cli/tolerance_options.hpp"
#include "io/write.hpp"
#include "support/file.hpp"

namespace tconv::cli {

// As typed.
struct RunOptions {
  LayerOptions layer{};
  PlanFlags plan{};
  std::string input{}, output{}, format{}, expect{}, max_memory{}, as{};
  ToleranceOptions tolerance{};  // of --expect
  bool explain_plan = false;
  int precision = io::TextOptions{}.precision;
};

// As meant.
struct RunRequest {
  batch::ChainRequest chain{};
  std::optional<io::Format> format{};  // of stdout or of the output file; absent: no tensor printed
  batch::ComputeOptions compute{};
};

void add_run_options(CLI::App& command, RunOptions& options);

// Fails with Usage.
Result<RunRequest> meaning_of(const RunOptions& options);

// An output that is also an input, or that cannot be written, is better known before the work: the
// file of -o, opened; nothing where it is none, or a pipe or device. Fails with Usage and Output.
Result<std::optional<support::AtomicFile>> open_output(const RunOptions& options,
                                                       const batch::Chain& chain);

}  // namespace tconv::cli
