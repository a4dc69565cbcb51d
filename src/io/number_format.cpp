// Column formats after numpy/_core/arrayprint.py of NumPy 2.4 (FloatingFormat, IntegerFormat,
// BoolFormat), with default print options but for the precision.
#include "io/number_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>

#include "io/digits.hpp"
#include "io/elements.hpp"

namespace tconv::io {
namespace {

// Where NumPy goes over to scientific notation: at 10^min(8, decimal digits the dtype is sure of),
// below 1e-4, and at a ratio past 1000, each compared in the dtype itself.
struct Limits {
  double large = 0;
  double small = 0;
};

Limits limits_of(DType dtype) {
  switch (dtype) {
    case DType::Float64: return {.large = 1e8, .small = 1e-4};
    case DType::Float16:
      return {.large = 1e3, .small = support::float_from_half(support::half_from_double(1e-4))};
    default:  // NumPy has no bfloat16; it prints as its float32 with fewer digits
      return {.large = 1e6, .small = 1e-4F};
  }
}

double ratio_in(DType dtype, double most, double least) {
  if (dtype == DType::Float64) return most / least;
  const float ratio = static_cast<float>(most) / static_cast<float>(least);
  if (dtype != DType::Float16) return ratio;
  return support::float_from_half(support::half_from_float(ratio));
}

std::string aligned_right(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

template <typename Element>
std::string integer_text(Element value) {
  if constexpr (std::is_same_v<Element, bool>) return value ? "True" : "False";
  if constexpr (std::is_integral_v<Element>) return fmt::format("{}", value);
  return {};
}

}  // namespace

NumberFormat::NumberFormat(const Tensor& tensor, const std::vector<std::int64_t>& indices,
                           int precision)
    : tensor_(tensor), precision_(precision) {
  if (is_floating(tensor.dtype)) {
    fit_floats(indices);
  } else {
    fit_integers(indices);
  }
}

double NumberFormat::value_at(std::int64_t index) const {
  return with_element_type(tensor_.dtype, [&](auto kind) {
    const auto element = load<decltype(kind)>(tensor_.data.get(), index);
    if constexpr (std::is_integral_v<decltype(kind)>) {
      return static_cast<double>(element);
    } else {
      return static_cast<double>(widened(element));
    }
  });
}

void NumberFormat::fit_integers(const std::vector<std::int64_t>& indices) {
  if (tensor_.dtype == DType::Bool) {
    left_ = tensor_.shape.empty() ? 0 : std::string_view("False").size();
    return;
  }
  for (const std::int64_t index : indices) left_ = std::max(left_, text(index).size());
}

void NumberFormat::fit_floats(const std::vector<std::int64_t>& indices) {
  double most = 0, least = std::numeric_limits<double>::infinity();
  bool any_finite = false, any_special = false, any_minus_infinity = false;
  for (const std::int64_t index : indices) {
    const double value = value_at(index);
    if (!std::isfinite(value)) {
      any_special = true;
      any_minus_infinity = any_minus_infinity || value < 0;
      continue;
    }
    any_finite = true;
    if (value == 0) continue;
    most = std::max(most, std::abs(value));
    least = std::min(least, std::abs(value));
  }
  const DType dtype = tensor_.dtype;
  const Limits limits = limits_of(dtype);
  scientific_ = most > 0 && (most >= limits.large || least < limits.small ||
                             ratio_in(dtype, most, least) > 1000);

  int fraction_digits = 0;
  for (const std::int64_t index : indices) {
    const double value = value_at(index);
    if (!std::isfinite(value)) continue;
    const std::string text =
        scientific_ ? scientific(value, dtype, precision_) : positional(value, dtype, precision_);
    const std::size_t point = text.find('.');
    const std::size_t end = std::min(text.find('e'), text.size());
    left_ = std::max(left_, point);
    fraction_digits = std::max(fraction_digits, static_cast<int>(end - point - 1));
    if (scientific_) {
      exponent_digits_ = std::max(exponent_digits_, static_cast<int>(text.size() - end - 2));
    }
  }
  right_ = static_cast<std::size_t>(fraction_digits);
  if (scientific_) {
    precision_ = fraction_digits;
    right_ += static_cast<std::size_t>(exponent_digits_) + 2;  // "e+" and the exponent
  }
  if (any_special) {  // "nan" and "-inf" end where the other numbers end
    const std::size_t widest = any_minus_infinity ? 4 : 3;
    const std::size_t after = (any_finite ? right_ : 0) + 1;
    if (widest > after) left_ = std::max(left_, widest - after);
  }
}

std::string NumberFormat::float_text(double value) const {
  if (std::isnan(value)) return aligned_right("nan", left_ + right_ + 1);
  if (std::isinf(value)) return aligned_right(value < 0 ? "-inf" : "inf", left_ + right_ + 1);
  std::string text = scientific_ ? scientific_exact(value, precision_, exponent_digits_)
                                 : positional(value, tensor_.dtype, precision_);
  const std::size_t point = text.find('.');
  if (point < left_) text.insert(0, left_ - point, ' ');
  text.resize(std::max(text.size(), left_ + 1 + right_), ' ');
  return text;
}

std::string NumberFormat::text(std::int64_t index) const {
  return with_element_type(tensor_.dtype, [&](auto kind) {
    using Element = decltype(kind);
    if constexpr (std::is_integral_v<Element>) {
      return aligned_right(integer_text(load<Element>(tensor_.data.get(), index)), left_);
    } else {
      return float_text(value_at(index));
    }
  });
}

}  // namespace tconv::io
