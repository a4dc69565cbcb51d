#include "kernels/tap_order.hpp"

#include <cstdlib>
#include <numeric>

namespace tconv::kernels {
namespace {

// How many of `kernel` taps are first, first + period, ...
std::int64_t taps_from(std::int64_t first, std::int64_t period, std::int64_t kernel) {
  return (kernel - first + period - 1) / period;
}

}  // namespace

TapOrder::TapOrder(const Problem& problem) {
  const auto extents = output_extents(problem);
  Box groups{};
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const AxisMap map(problem.direction, problem.axes[kFirstBoxAxis + a],
                      (*extents)[kFirstBoxAxis + a]);
    kernel_[a] = map.kernel;
    period_[a] = map.e / std::gcd(std::abs(map.b), map.e);
    groups[a] = std::min(period_[a], kernel_[a]);
  }
  for_each_in(groups, [&](const Box& first) {
    Box count{};
    for (std::size_t a = 0; a < kBoxAxes; ++a) {
      count[a] = taps_from(first[a], period_[a], kernel_[a]);
    }
    groups_.push_back({.first = static_cast<std::int64_t>(taps_.size()),
                       .count = count[0] * count[1] * count[2]});
    for_each_in(count, [&](const Box& i) {
      Box tap{};
      for (std::size_t a = 0; a < kBoxAxes; ++a) tap[a] = first[a] + i[a] * period_[a];
      taps_.push_back(tap);
    });
  });
}

const TapOrder::Group& TapOrder::group_of(const Box& tap) const {
  std::int64_t number = 0;
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    number = number * std::min(period_[a], kernel_[a]) + tap[a] % period_[a];
  }
  return groups_[static_cast<std::size_t>(number)];
}

std::int64_t TapOrder::number_in_group(const Box& tap) const {
  std::int64_t number = 0;
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    number = number * taps_from(tap[a] % period_[a], period_[a], kernel_[a]) + tap[a] / period_[a];
  }
  return number;
}

}  // namespace tconv::kernels
