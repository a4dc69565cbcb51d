// Measures of how far two whole tensors are apart, other than element by element.
#pragma once
#include "io/compare.hpp"

namespace tconv::io {

// Within tolerance where value <= allowed, which a NaN never is.
struct Measure {
  double value = 0, allowed = 0;
};

// By tolerance.metric, which is not Max, of tensors of one shape, dense and native (gathered()).
// A NaN counts as nothing where both have it and tolerance.equal_nan says so; else, and an infinity
// that only one tensor has, make Mean and Ulp infinite and Cosine NaN.
// Ulp counts the numbers of the coarser floating dtype between two elements, and whole numbers
// where neither is floating.
Measure measured(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance);

// The dtype in whose units Metric::Ulp counts.
DType ulp_dtype(DType actual, DType expected);

// Numbers of that dtype from x to y: 0 for equal ones, infinite for a NaN or one infinity.
double ulps_between(DType dtype, long double x, long double y);

}  // namespace tconv::io
