// The last three axes of a problem, the ones fast kernels know.
#pragma once
#include <array>
#include <cstdint>

#include "tconv/problem.hpp"

namespace tconv::kernels {

inline constexpr std::size_t kBoxAxes = 3;
inline constexpr std::size_t kFirstBoxAxis = kMaxAxes - kBoxAxes;
using Box = std::array<std::int64_t, kBoxAxes>;

// Calls each(position) for all positions in a box of those extents, in row-major order.
template <typename Each>
void for_each_in(const Box& extents, const Each& each) {
  for (std::int64_t d = 0; d < extents[0]; ++d) {
    for (std::int64_t h = 0; h < extents[1]; ++h) {
      for (std::int64_t w = 0; w < extents[2]; ++w) each(Box{d, h, w});
    }
  }
}

}  // namespace tconv::kernels
