// Are two tensors equal within a tolerance? NumPy's rule.
#pragma once
#include <cstdint>
#include <string>

#include "io/tensor.hpp"

namespace tconv::io {

// |actual - expected| <= absolute + relative * |expected|
struct Tolerance {
  double relative = 0;
  double absolute = 0;
  bool equal_nan = false;  // a NaN equals a NaN at the same place
};

// Those of torch.testing.assert_close, which grow with the coarseness of the dtype.
Tolerance default_tolerance(DType dtype);

struct Comparison {
  bool equal = true;
  bool same_shape = true;
  std::int64_t elements = 0;
  std::int64_t differing = 0;
  double largest_difference = 0;  // over the elements that are finite in both
  Shape worst_index{};            // the differing element with the largest difference
  double worst_actual = 0, worst_expected = 0;
};

// Compares values, whatever the dtypes. Tensors of other shapes differ.
// Source: numpy numpy/core/numeric.py (isclose).
Result<Comparison> compare(const Tensor& actual, const Tensor& expected,
                           const Tolerance& tolerance);

}  // namespace tconv::io
