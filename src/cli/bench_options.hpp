// The options of tconv bench: as typed, and as meant.
#pragma once
#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench_layers.hpp"
#include "cli/bench_measure.hpp"
#include "cli/layer_options.hpp"
#include "cli/plan_options.hpp"

namespace tconv::cli {

// As typed.
struct BenchOptions {
  LayerOptions layer{};
  PlanFlags plan{};
  std::string input_shape{}, layers{}, filter{}, mode = "packed", layout{};
  double min_time = 0.5;
  bool csv = false, no_limits = false;
};

// As meant.
struct BenchRequest {
  std::vector<BenchLayer> layers{};
  std::vector<BenchMode> modes{};
  PlanOptions plan{};
  DType dtype = DType::Float32;
};

void add_bench_options(CLI::App& command, BenchOptions& options);

// Fails with Usage, and as reading and lowering the layers do.
Result<BenchRequest> meaning_of(const BenchOptions& options);

}  // namespace tconv::cli
