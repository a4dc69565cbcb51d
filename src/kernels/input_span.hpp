// Where the elements of a problem's input lie.
#pragma once
#include <algorithm>
#include <cstdint>

#include "tconv/problem.hpp"

namespace tconv::kernels {

// From the lowest element to one beyond the highest, both from where Operands::x points.
struct InputSpan {
  std::int64_t low = 0, high = 0;
};

// Of an input that is not empty.
inline InputSpan input_span(const Problem& problem) {
  InputSpan span{.low = problem.x.first, .high = problem.x.first + 1};
  const auto extend = [&](std::int64_t extent, std::int64_t step) {
    span.low += std::min<std::int64_t>(0, (extent - 1) * step);
    span.high += std::max<std::int64_t>(0, (extent - 1) * step);
  };
  const std::int64_t channels = problem.in_channels / problem.groups;
  extend(problem.batch, problem.x.batch);
  extend(problem.groups, problem.x.group + channels * problem.x.channel);
  extend(channels, problem.x.channel);
  for (std::size_t a = 0; a < kMaxAxes; ++a) extend(problem.axes[a].input, problem.x.axes[a]);
  return span;
}

}  // namespace tconv::kernels
