#include "kernels/tap_order.hpp"

#include <cstdlib>
#include <numeric>

namespace tconv::kernels {

TapOrder::TapOrder(const Problem& problem) {
  const auto extents = output_extents(problem);
  Box firsts{};
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const AxisMap map(problem.direction, problem.axes[kFirstBoxAxis + a],
                      (*extents)[kFirstBoxAxis + a]);
    kernel_[a] = map.kernel;
    period_[a] = map.e / std::gcd(std::abs(map.b), map.e);
    firsts[a] = std::min(period_[a], kernel_[a]);
  }
  std::int64_t taps = 0;
  for_each_in(firsts, [&](const Box& first) {
    const Box count = counts(first);
    groups_.push_back({.first = taps, .count = count[0] * count[1] * count[2]});
    taps += groups_.back().count;
  });
}

const TapOrder::Group& TapOrder::group_of(const Box& tap) const {
  std::int64_t number = 0;
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    number = number * std::min(period_[a], kernel_[a]) + tap[a] % period_[a];
  }
  return groups_[static_cast<std::size_t>(number)];
}

Box TapOrder::group_steps(const Box& tap) const {
  Box first{};
  for (std::size_t a = 0; a < kBoxAxes; ++a) first[a] = tap[a] % period_[a];
  const Box count = counts(first);
  return {count[1] * count[2], count[2], 1};
}

}  // namespace tconv::kernels
