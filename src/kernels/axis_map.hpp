// Which input an output meets through which tap, along one axis and in either direction:
//
//   t = (p*a + j*b + c) / e   where e divides it,
//
// with p the output position, j the tap and t the input: forward a = stride, b = dilation,
// c = -begin, e = input_dilation; transposed a = 1, b = -dilation, c = begin, e = stride.
#pragma once
#include <cstdint>

#include "tconv/problem.hpp"

namespace tconv::kernels {

inline std::int64_t floor_divide(std::int64_t a, std::int64_t b) {  // b > 0
  if (b == 1) return a;  // mostly, and a division is slow
  return a / b - (a % b < 0 ? 1 : 0);
}

struct AxisMap {
  std::int64_t a = 1, b = 1, c = 0, e = 1;
  std::int64_t input = 1, kernel = 1, outputs = 1;

  AxisMap(Direction direction, const Axis& axis, std::int64_t outputs);

  std::int64_t spacing() const;     // of outputs that share inputs
  std::int64_t phases() const;      // outputs this far apart see the input alike, ...
  std::int64_t input_step() const;  // ... this far on
};

}  // namespace tconv::kernels
