// Taps of one axis. Forward reads the padded input, transposed inverts p = t*stride + j*dilation.
#include "kernels/taps.hpp"

#include <algorithm>

namespace tconv::kernels {
namespace {

void forward_taps(const Problem& problem, const Axis& axis, std::int64_t p,
                  std::vector<Tap>& taps) {
  const std::int64_t dilated = axis.input == 0 ? 0 : (axis.input - 1) * axis.input_dilation + 1;
  for (std::int64_t j = 0; j < axis.kernel; ++j) {
    std::int64_t position = p * axis.stride + j * axis.dilation - axis.begin;
    if (position < 0 || position >= dilated) {
      if (problem.pad_mode == PadMode::Zeros) continue;
      if (problem.pad_mode == PadMode::Constant) {
        taps.push_back({.kernel = j, .input = kPadValue});
        continue;
      }
      const bool circular = problem.pad_mode == PadMode::Circular;
      position = borrowed_index(problem.pad_mode, position,
                                circular ? axis.input * axis.input_dilation : dilated);
    }
    if (position % axis.input_dilation == 0) {
      taps.push_back({.kernel = j, .input = position / axis.input_dilation});
    }
  }
}

void transposed_taps(const Axis& axis, std::int64_t p, std::vector<Tap>& taps) {
  for (std::int64_t j = 0; j < axis.kernel; ++j) {
    const std::int64_t scattered = p + axis.begin - j * axis.dilation;  // t * stride
    if (scattered < 0) break;
    if (scattered % axis.stride == 0 && scattered / axis.stride < axis.input) {
      taps.push_back({.kernel = j, .input = scattered / axis.stride});
    }
  }
}

}  // namespace

void axis_taps(const Problem& problem, const Axis& axis, std::int64_t p, std::vector<Tap>& taps) {
  taps.clear();
  if (problem.direction == Direction::Forward) {
    forward_taps(problem, axis, p, taps);
  } else {
    transposed_taps(axis, p, taps);
  }
}

}  // namespace tconv::kernels
