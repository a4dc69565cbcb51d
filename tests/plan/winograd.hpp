// What the tests of --math fast share.
#pragma once
#include <cmath>
#include <random>

#include "kernels/winograd.hpp"
#include "plan/sample.hpp"

namespace tconv::test {

inline constexpr std::string_view kTwo = "winograd-2", kFour = "winograd-4";

inline PlanOptions fast(std::string_view algorithm, int threads = 1) {
  return {.algorithm = std::string(algorithm), .math = Math::Fast, .threads = threads};
}

inline kernels::WinogradTile tile_of(std::string_view algorithm) {
  return algorithm == kTwo ? kernels::WinogradTile::Two : kernels::WinogradTile::Four;
}

inline double unit(DType dtype) { return dtype == DType::Float64 ? 0x1p-53 : 0x1p-24; }

// Padded to keep its extents.
inline Problem plane(std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width) {
  Problem p{.in_channels = in, .out_channels = out, .has_bias = true};
  p.axes[kMaxAxes - 2] = {.input = height, .kernel = 3, .begin = 1, .end = 1};
  p.axes[kMaxAxes - 1] = {.input = width, .kernel = 3, .begin = 1, .end = 1};
  return p;
}

inline Sample absolute(Sample sample) {
  for (Values* values : {&sample.x, &sample.w, &sample.bias}) {
    for (double& value : *values) value = std::abs(value);
  }
  return sample;
}

inline Sample in_float64(Sample sample) {
  sample.problem.dtype = DType::Float64;
  sample.problem.activation = Activation::Linear;
  return sample;
}

}  // namespace tconv::test
