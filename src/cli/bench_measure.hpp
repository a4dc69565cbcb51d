// Timing a layer.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/bench_layers.hpp"
#include "tconv/plan.hpp"

namespace tconv::cli {

// What lies between two readings of the clock. Packed: run, with weights packed before. Unpacked:
// run, which packs. Cold: make a plan, pack, take new memory for y, run. Tensors and code are warm
// in the first two.
enum class BenchMode { Packed, Unpacked, Cold };
std::string_view name(BenchMode mode);

struct Timing {
  std::int64_t runs = 0;
  double min = 0, quarter = 0, median = 0, three_quarters = 0, max = 0;  // seconds
};

struct Measurement {
  std::string layer{};
  BenchMode mode = BenchMode::Packed;
  std::string algorithm{}, target{};
  int threads = 1;
  std::int64_t packed_bytes = 0, workspace_bytes = 0;  // the latter of one thread
  Cost cost{};
  Timing timing{};

  double flops() const { return 2 * double(cost.macs) / timing.median; }  // a second
  // x, w and y once each: less cannot be moved. A second.
  double bytes() const {
    return double(cost.x_bytes + cost.w_bytes + cost.y_bytes) / timing.median;
  }
};

// Repeats until both `min_seconds` and 15 runs are reached, or ten seconds with three runs. Fails
// as Plan::make does, and with TooLarge where the machine has not the memory.
Result<Measurement> measure(const BenchLayer& layer, BenchMode mode, const PlanOptions& options,
                            double min_seconds);

}  // namespace tconv::cli
