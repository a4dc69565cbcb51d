// Are two tensors equal within a tolerance? NumPy's rule, and three measures of the whole.
#pragma once
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>

#include "io/tensor.hpp"

namespace tconv::io {

// What has to be small, with a the actual and b the expected elements.
enum class Metric {
  Max,     // |a - b| <= absolute + relative * |b| of every element
  Mean,    // mean |a - b| <= absolute + relative * mean |b|
  Cosine,  // 1 - cos(a, b) <= absolute + relative, tensors taken as vectors
  Ulp,     // largest distance in units in the last place <= absolute
};

struct Tolerance {
  double relative = 0;
  double absolute = 0;
  bool equal_nan = false;  // a NaN equals a NaN at the same place
  Metric metric = Metric::Max;
};

// NumPy's rule for one element; infinities equal themselves only.
// Source: numpy numpy/core/numeric.py (isclose).
template <typename Number>
bool is_close(Number actual, Number expected, const Tolerance& tolerance) {
  // False for a NaN, and for infinities, whose bound is infinite or not a number.
  const Number bound = static_cast<Number>(tolerance.absolute) +
                       static_cast<Number>(tolerance.relative) * std::abs(expected);
  if (std::abs(actual - expected) <= bound && std::isfinite(expected)) return true;
  if (actual == expected) return true;
  return tolerance.equal_nan && std::isnan(actual) && std::isnan(expected);
}

// Those of torch.testing.assert_close, which grow with the coarseness of the dtype; of two dtypes
// the greater.
Tolerance default_tolerance(DType dtype);
Tolerance default_tolerance(DType actual, DType expected);

// Units in the last place that are allowed where the user does not say: as googletest's
// EXPECT_FLOAT_EQ.
inline constexpr double kDefaultUlps = 4;

struct Comparison {
  bool equal = true;
  bool same_shape = true;
  std::int64_t elements = 0;
  std::int64_t differing = 0;     // by more ulps for Metric::Ulp, else by NumPy's rule
  std::int64_t not_finite = 0;    // of these: NaN or infinite in one of the tensors
  double largest_difference = 0;  // this and the mean over the elements that are finite in both
  double mean_difference = 0;
  Shape worst_index{};  // the differing element with the largest difference
  double worst_actual = 0, worst_expected = 0;
  double measured = 0, allowed = 0;  // by a metric other than Max
};

// Compares values, whatever the dtypes. Tensors of other shapes differ. Fails with TooLarge.
Result<Comparison> compare(const Tensor& actual, const Tensor& expected,
                           const Tolerance& tolerance);

// visit(position) for every element that differs, in C order, of tensors of one shape that are
// dense and native (gathered()).
void visit_differing(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance,
                     const std::function<void(std::int64_t)>& visit);

}  // namespace tconv::io
