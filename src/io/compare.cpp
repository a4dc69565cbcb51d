#include "io/compare.hpp"

#include <cmath>
#include <cstring>

namespace tconv::io {
namespace {

double element(const Tensor& tensor, std::int64_t index) {  // of a dense float64 tensor
  double value = 0;
  std::memcpy(&value, tensor.data.get() + index * std::int64_t{sizeof value}, sizeof value);
  return value;
}

bool close(double actual, double expected, const Tolerance& tolerance) {
  if (actual == expected) return true;  // infinities of one sign, too
  if (std::isnan(actual) && std::isnan(expected)) return tolerance.equal_nan;
  if (!std::isfinite(actual) || !std::isfinite(expected)) return false;
  return std::abs(actual - expected) <=
         tolerance.absolute + tolerance.relative * std::abs(expected);
}

Shape index_of(std::int64_t position, const Shape& shape) {
  Shape index(shape.size());
  for (std::size_t a = shape.size(); a-- > 0;) {
    index[a] = position % shape[a];
    position /= shape[a];
  }
  return index;
}

}  // namespace

Tolerance default_tolerance(DType dtype) {
  switch (dtype) {
    case DType::Float16: return {.relative = 1e-3, .absolute = 1e-5};
    case DType::BFloat16: return {.relative = 1.6e-2, .absolute = 1e-5};
    case DType::Float32: return {.relative = 1.3e-6, .absolute = 1e-5};
    case DType::Float64: return {.relative = 1e-7, .absolute = 1e-7};
    default: return {};
  }
}

Result<Comparison> compare(const Tensor& actual, const Tensor& expected,
                           const Tolerance& tolerance) {
  Comparison result;
  if (actual.shape != expected.shape) {
    result.equal = result.same_shape = false;
    return result;
  }
  const auto a = converted(actual, DType::Float64);
  if (!a) return a.error();
  const auto e = converted(expected, DType::Float64);
  if (!e) return e.error();
  const auto count = element_count(a->shape, a->dtype);
  if (!count) return count.error();
  result.elements = *count;
  std::int64_t worst = -1;
  for (std::int64_t i = 0; i < *count; ++i) {
    const double x = element(*a, i), y = element(*e, i);
    const double difference = std::abs(x - y);
    const bool finite = std::isfinite(difference);
    if (finite && difference > result.largest_difference) result.largest_difference = difference;
    if (close(x, y, tolerance)) continue;
    ++result.differing;
    // What is not finite on one side only is worse than any number.
    const double worst_difference = std::abs(result.worst_actual - result.worst_expected);
    if (worst < 0 || (std::isfinite(worst_difference) && !(difference <= worst_difference))) {
      worst = i;
      result.worst_actual = x;
      result.worst_expected = y;
    }
  }
  result.equal = result.differing == 0;
  if (worst >= 0) result.worst_index = index_of(worst, a->shape);
  return result;
}

}  // namespace tconv::io
