#include "kernels/axis_phases.hpp"

#include <algorithm>
#include <numeric>

namespace tconv::kernels {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {  // b > 0
  return a / b - (a % b < 0 ? 1 : 0);
}

// Adds the tap, if any output meets it, and narrows the inner outputs to those that do.
void add_tap(AxisPhase& phase, const PhaseTap& tap) {
  const std::int64_t begin = -floor_divide(tap.input, phase.input_step);
  const std::int64_t end = floor_divide(phase.input - 1 - tap.input, phase.input_step) + 1;
  if (std::max<std::int64_t>(begin, 0) >= std::min(end, phase.count)) return;
  phase.taps.push_back(tap);
  phase.inner_begin = std::max(phase.inner_begin, begin);
  phase.inner_end = std::min(phase.inner_end, end);
}

}  // namespace

std::int64_t phase_count(Direction direction, const Axis& axis, std::int64_t extent) {
  const bool forward = direction == Direction::Forward;
  const std::int64_t e = forward ? axis.input_dilation : axis.stride;
  return std::min(extent, e / std::gcd(forward ? axis.stride : 1, e));
}

std::vector<AxisPhase> axis_phases(Direction direction, const Axis& axis, std::int64_t extent) {
  const bool forward = direction == Direction::Forward;
  const std::int64_t a = forward ? axis.stride : 1;
  const std::int64_t b = forward ? axis.dilation : -axis.dilation;
  const std::int64_t c = forward ? -axis.begin : axis.begin;
  const std::int64_t e = forward ? axis.input_dilation : axis.stride;
  const std::int64_t phases = e / std::gcd(a, e);

  std::vector<AxisPhase> result;
  for (std::int64_t first = 0; first < std::min(phases, extent); ++first) {
    AxisPhase phase{.first = first,
                    .step = phases,
                    .count = (extent - first - 1) / phases + 1,
                    .input_step = a * phases / e,
                    .input = axis.input};
    phase.inner_end = phase.count;
    for (std::int64_t j = 0; j < axis.kernel; ++j) {
      const std::int64_t position = first * a + j * b + c;
      if (position % e == 0) add_tap(phase, {.kernel = j, .input = position / e});
    }
    result.push_back(std::move(phase));
  }
  return result;
}

}  // namespace tconv::kernels
