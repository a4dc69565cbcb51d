// Decimal digits of floating-point elements: the shortest that read back to the same element.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "tconv/dtype.hpp"

namespace tconv::io {

// A finite number as 0.d1d2d3... * 10^point, digits without trailing zeros; zero has the digit "0"
// and point 1.
struct Digits {
  static constexpr std::size_t kMost = 17;  // of a float64
  bool negative = false;
  int point = 0;  // digits before the decimal point, where positive
  int count = 0;
  std::array<char, kMost> digits{};

  std::string_view view() const { return {digits.data(), static_cast<std::size_t>(count)}; }
};

// `value` is one that `dtype`, a floating type, holds exactly.
Digits shortest_digits(double value, DType dtype);

// "12.5", "-0.", "300.": positional, the shortest digits but at most `precision` of them after the
// point, rounded from the exact value where those do not suffice; trailing zeros trimmed, the point
// kept.
std::string positional(double value, DType dtype, int precision);

// "1.25e+01": `precision` digits after the point at most, trailing zeros trimmed, the point kept.
std::string scientific(double value, DType dtype, int precision);

// "1.2500e+01": exactly `precision` digits after the point, rounded from the exact value; the
// exponent has `exponent_digits` digits at least.
std::string scientific_exact(double value, int precision, int exponent_digits);

// As Python writes a float: "12.5", "4.0", "1e-05", "1.25e+16", with the digits of `dtype`.
std::string python_repr(double value, DType dtype);

}  // namespace tconv::io
