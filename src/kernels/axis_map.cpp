#include "kernels/axis_map.hpp"

#include <cstdlib>
#include <numeric>

namespace tconv::kernels {

AxisMap::AxisMap(Direction direction, const Axis& axis, std::int64_t extent)
    : input(axis.input), kernel(axis.kernel), outputs(extent) {
  const bool forward = direction == Direction::Forward;
  a = forward ? axis.stride : 1;
  b = forward ? axis.dilation : -axis.dilation;
  c = forward ? -axis.begin : axis.begin;
  e = forward ? axis.input_dilation : axis.stride;
}

std::int64_t AxisMap::spacing() const { return std::abs(b) / std::gcd(a, b); }
std::int64_t AxisMap::phases() const { return e / std::gcd(a, e); }
std::int64_t AxisMap::input_step() const { return a * phases() / e; }

}  // namespace tconv::kernels
