#include "kernels/axis_runs.hpp"

#include <algorithm>
#include <numeric>

namespace tconv::kernels {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return -floor_divide(-a, b); }

struct Span {
  std::int64_t begin = 0, end = 0;
};

// Numbers of the phase's outputs for which the tap lies inside the input.
Span inside(const PhaseTap& tap, std::int64_t input_step, std::int64_t input, std::int64_t count) {
  const std::int64_t begin = ceil_divide(-tap.input, input_step);
  const std::int64_t end = floor_divide(input - 1 - tap.input, input_step) + 1;
  return {std::clamp<std::int64_t>(begin, 0, count), std::clamp<std::int64_t>(end, 0, count)};
}

}  // namespace

AxisRuns axis_runs(Direction direction, const Axis& axis, std::int64_t extent) {
  const bool forward = direction == Direction::Forward;
  const std::int64_t a = forward ? axis.stride : 1;
  const std::int64_t b = forward ? axis.dilation : -axis.dilation;
  const std::int64_t c = forward ? -axis.begin : axis.begin;
  const std::int64_t e = forward ? axis.input_dilation : axis.stride;
  const std::int64_t phases = e / std::gcd(a, e);

  AxisRuns result;
  std::vector<std::int64_t> cuts;
  for (std::int64_t phase = 0; phase < std::min(phases, extent); ++phase) {
    const std::int64_t count = (extent - phase - 1) / phases + 1;
    const std::int64_t input_step = a * phases / e;
    const auto taps_begin = static_cast<std::int64_t>(result.taps.size());
    cuts.assign({0, count});
    for (std::int64_t j = 0; j < axis.kernel; ++j) {
      const std::int64_t position = phase * a + j * b + c;
      if (position % e != 0) continue;
      const PhaseTap tap{.kernel = j, .input = position / e};
      const Span span = inside(tap, input_step, axis.input, count);
      if (span.begin >= span.end) continue;
      result.taps.push_back(tap);
      cuts.insert(cuts.end(), {span.begin, span.end});
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    const auto taps_end = static_cast<std::int64_t>(result.taps.size());
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      AxisRun run{.first = phase + cuts[i] * phases,
                  .step = phases,
                  .count = cuts[i + 1] - cuts[i],
                  .offset = cuts[i],
                  .input_step = input_step,
                  .taps_begin = taps_begin};
      // Inputs rise or fall with the tap, so those that are met lie side by side.
      const auto met = [&](std::int64_t tap) {
        const Span span =
            inside(result.taps[static_cast<std::size_t>(tap)], input_step, axis.input, count);
        return span.begin <= cuts[i] && cuts[i] < span.end;
      };
      while (run.taps_begin < taps_end && !met(run.taps_begin)) ++run.taps_begin;
      while (run.taps_begin + run.taps_count < taps_end && met(run.taps_begin + run.taps_count)) {
        ++run.taps_count;
      }
      result.runs.push_back(run);
    }
  }
  return result;
}

}  // namespace tconv::kernels
