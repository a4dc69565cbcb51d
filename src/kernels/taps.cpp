// Taps of one axis. Forward reads the padded input, transposed inverts p = t*stride + j*dilation;
// the index maps of the pad modes are those of numpy.pad (reflect, edge, wrap, symmetric).
#include "kernels/taps.hpp"

#include <algorithm>

namespace tconv::kernels {
namespace {

std::int64_t floor_modulo(std::int64_t a, std::int64_t n) { return (a % n + n) % n; }

}  // namespace

std::int64_t borrowed_index(PadMode mode, std::int64_t position, std::int64_t extent) {
  switch (mode) {
    case PadMode::Replicate: return std::clamp<std::int64_t>(position, 0, extent - 1);
    case PadMode::Circular: return floor_modulo(position, extent);
    case PadMode::Reflect: {
      if (extent == 1) return 0;
      const std::int64_t m = floor_modulo(position, 2 * (extent - 1));
      return m < extent ? m : 2 * (extent - 1) - m;
    }
    case PadMode::Symmetric: {
      const std::int64_t m = floor_modulo(position, 2 * extent);
      return m < extent ? m : 2 * extent - 1 - m;
    }
    case PadMode::Zeros:
    case PadMode::Constant: break;
  }
  return kPadValue;
}

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
