#include "kernels/axis_phases.hpp"

#include <algorithm>

namespace tconv::kernels {
namespace {

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

std::vector<AxisPhase> axis_phases(const AxisMap& map) {
  const std::int64_t phases = map.phases();
  std::vector<AxisPhase> result;
  for (std::int64_t first = 0; first < std::min(phases, map.outputs); ++first) {
    AxisPhase phase{.first = first,
                    .step = phases,
                    .count = (map.outputs - first - 1) / phases + 1,
                    .input_step = map.input_step(),
                    .input = map.input};
    phase.inner_end = phase.count;
    for (std::int64_t j = 0; j < map.kernel; ++j) {
      const std::int64_t position = first * map.a + j * map.b + map.c;
      if (position % map.e == 0) add_tap(phase, {.kernel = j, .input = position / map.e});
    }
    result.push_back(std::move(phase));
  }
  return result;
}

}  // namespace tconv::kernels
