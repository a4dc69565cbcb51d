#include "cli/bench_measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "cli/bench_data.hpp"
#include "cli/seconds_since.hpp"
#include "support/checked.hpp"
#include "support/memory.hpp"

namespace tconv::cli {
namespace {

constexpr std::size_t kRuns = 15, kFewestRuns = 3;
constexpr double kPatience = 10;      // seconds, where min_seconds does not ask for more
constexpr double kWarmUpShare = 0.2;  // of min_seconds, and one run at least

// `once` returns the seconds that count.
Timing repeat(const std::function<double()>& once, double min_seconds) {
  const auto warm_up = Clock::now();
  do {
    once();
  } while (seconds_since(warm_up) < kWarmUpShare * min_seconds);

  std::vector<double> times;
  const auto start = Clock::now();
  while (true) {
    times.push_back(once());
    const double passed = seconds_since(start);
    if (passed >= min_seconds && times.size() >= kRuns) break;
    if (passed >= std::max(kPatience, min_seconds) && times.size() >= kFewestRuns) break;
  }
  std::sort(times.begin(), times.end());
  const auto quantile = [&](double share) {
    const double place = share * double(times.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, times.size() - 1);
    return times[below] + (place - double(below)) * (times[above] - times[below]);
  };
  return {.runs = std::int64_t(times.size()),
          .min = times.front(),
          .quarter = quantile(0.25),
          .median = quantile(0.5),
          .three_quarters = quantile(0.75),
          .max = times.back()};
}

template <typename Work>
double timed(const Work& work) {
  const auto start = Clock::now();
  work();
  return seconds_since(start);
}

Result<void> check_memory(const Cost& cost, const Plan& plan) {
  const auto workspace = support::checked_multiply(plan.workspace_bytes(), plan.threads());
  std::optional<std::int64_t> sum = workspace;
  for (const std::int64_t bytes :
       {cost.x_bytes, cost.w_bytes, cost.y_bytes, cost.y_bytes, plan.packed_bytes()}) {
    if (sum) sum = support::checked_add(*sum, bytes);
  }
  const std::int64_t limit = support::physical_memory_bytes();
  if (sum && *sum <= limit) return {};
  return Error{.code = ErrorCode::TooLarge,
               .what = fmt::format("timing it takes {} bytes of memory, this machine has {}",
                                   sum ? fmt::format("{}", *sum) : "more than 2^63", limit)};
}

}  // namespace

std::string_view name(BenchMode mode) {
  switch (mode) {
    case BenchMode::Packed: return "packed";
    case BenchMode::Unpacked: return "unpacked";
    case BenchMode::Cold: return "cold";
  }
  return "";
}

Result<Measurement> measure(const BenchLayer& layer, BenchMode mode, const PlanOptions& options,
                            double min_seconds) {
  const Problem& problem = layer.problem;
  PlanOptions settled = options;
  const auto plan = Plan::make(problem, settled);
  if (!plan) return plan.error();
  const auto cost = cost_of(problem);
  if (!cost) return cost.error();
  if (auto fits = check_memory(*cost, *plan); !fits) return fits.error();

  BenchData data(problem);
  const Operands operands = data.operands();
  Timing timing;
  if (mode == BenchMode::Packed) {
    const PackedWeights packed = plan->pack(operands.w);
    timing = repeat([&] { return timed([&] { plan->run(operands, &packed); }); }, min_seconds);
  } else if (mode == BenchMode::Unpacked) {
    timing = repeat([&] { return timed([&] { plan->run(operands); }); }, min_seconds);
  } else {
    timing = repeat(
        [&] {
          return timed([&] {
            Pages y(cost->y_bytes);
            const auto fresh = Plan::make(problem, settled);
            const PackedWeights packed = fresh->pack(operands.w);
            fresh->run({.x = operands.x, .w = operands.w, .bias = operands.bias, .y = y.data()},
                       &packed);
          });
        },
        min_seconds);
  }
  return Measurement{.layer = layer.name,
                     .mode = mode,
                     .algorithm = std::string(plan->algorithm()),
                     .target = std::string(plan->target()),
                     .threads = plan->threads(),
                     .packed_bytes = plan->packed_bytes(),
                     .workspace_bytes = plan->workspace_bytes(),
                     .cost = *cost,
                     .timing = timing};
}

}  // namespace tconv::cli
