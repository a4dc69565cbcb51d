#include "io/measures.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <type_traits>

#include "io/elements.hpp"
#include "io/numbers.hpp"

namespace tconv::io {
namespace {

// Of 64 significant bits where the machine has them: whole integers, and no overflow in the
// squares of doubles.
using Wide = long double;

constexpr std::int64_t kBlock = 1024;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Significant bits, by which a dtype is coarser than another.
int significant_bits(DType dtype) {
  switch (dtype) {
    case DType::BFloat16: return 8;
    case DType::Float16: return 11;
    case DType::Float32: return 24;
    case DType::Float64: return 53;
    default: return 64;
  }
}

template <typename Visit>
void visit_pairs(const Tensor& actual, const Tensor& expected, bool equal_nan, const Visit& visit) {
  std::int64_t count = 1;
  for (const std::int64_t extent : actual.shape) count *= extent;
  std::array<Wide, kBlock> x{}, y{};
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const auto size = static_cast<std::size_t>(std::min(kBlock, count - begin));
    read_numbers(actual, begin, std::span(x).first(size));
    read_numbers(expected, begin, std::span(y).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      if (equal_nan && std::isnan(x[i]) && std::isnan(y[i])) continue;
      visit(x[i], y[i]);
    }
  }
}

Measure mean_measure(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance) {
  Wide differences = 0, magnitudes = 0, count = 0;
  visit_pairs(actual, expected, tolerance.equal_nan, [&](Wide x, Wide y) {
    const bool same_infinity = std::isinf(x) && x == y;
    const Wide difference = same_infinity ? 0 : std::abs(x - y);
    differences += std::isnan(difference) ? kInfinity : difference;
    magnitudes += std::isfinite(y) ? std::abs(y) : 0;
    count += 1;
  });
  if (count == 0) return {.allowed = tolerance.absolute};
  return {
      .value = static_cast<double>(differences / count),
      .allowed = tolerance.absolute + tolerance.relative * static_cast<double>(magnitudes / count)};
}

Measure cosine_measure(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance) {
  Wide xx = 0, xy = 0, yy = 0;
  visit_pairs(actual, expected, tolerance.equal_nan, [&](Wide x, Wide y) {
    xx += x * x;
    xy += x * y;
    yy += y * y;
  });
  Measure measure{.allowed = tolerance.absolute + tolerance.relative};
  // Two zero vectors are one; a zero vector has no angle to any other.
  if (xx == 0 && yy == 0) return measure;
  const Wide cosine = xx == 0 || yy == 0 ? Wide{0} : xy / (std::sqrt(xx) * std::sqrt(yy));
  measure.value = std::isnan(cosine) ? std::numeric_limits<double>::quiet_NaN()
                                     : std::max(0.0, static_cast<double>(1 - cosine));
  return measure;
}

// Places on the line of all numbers of a type, in order; both zeros have the same.
template <typename Bits>
std::int64_t place(Bits bits) {
  using Signed = std::make_signed_t<Bits>;
  const auto number = static_cast<std::int64_t>(static_cast<Signed>(bits));
  return number >= 0 ? number : std::int64_t{std::numeric_limits<Signed>::min()} - number;
}

template <typename Element>
std::int64_t place_of(Wide value) {
  const auto element = rounded<Element>(static_cast<double>(value));
  if constexpr (std::is_same_v<Element, float>) {
    return place(std::bit_cast<std::uint32_t>(element));
  } else if constexpr (std::is_same_v<Element, double>) {
    return place(std::bit_cast<std::uint64_t>(element));
  } else {
    return place(element.bits);
  }
}

double places_between(DType dtype, Wide x, Wide y) {
  return with_element_type(dtype, [&](auto kind) -> double {
    using Element = decltype(kind);
    if constexpr (std::is_integral_v<Element>) {
      return static_cast<double>(std::abs(x - y));
    } else {
      // Of opposite signs they may be further apart than an int64 counts.
      return std::abs(static_cast<double>(static_cast<Wide>(place_of<Element>(x)) -
                                          static_cast<Wide>(place_of<Element>(y))));
    }
  });
}

Measure ulp_measure(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance) {
  const DType dtype = ulp_dtype(actual.dtype, expected.dtype);
  Measure measure{.allowed = tolerance.absolute};
  visit_pairs(actual, expected, tolerance.equal_nan, [&](Wide x, Wide y) {
    measure.value = std::max(measure.value, ulps_between(dtype, x, y));
  });
  return measure;
}

}  // namespace

DType ulp_dtype(DType actual, DType expected) {
  return significant_bits(actual) < significant_bits(expected) ? actual : expected;
}

double ulps_between(DType dtype, long double x, long double y) {
  if (x == y) return 0;
  return std::isfinite(x) && std::isfinite(y) ? places_between(dtype, x, y) : kInfinity;
}

Measure measured(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance) {
  if (tolerance.metric == Metric::Mean) return mean_measure(actual, expected, tolerance);
  if (tolerance.metric == Metric::Cosine) return cosine_measure(actual, expected, tolerance);
  return ulp_measure(actual, expected, tolerance);
}

}  // namespace tconv::io
