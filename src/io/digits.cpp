// Shortest digits and their layouts. float32 and float64 digits come from std::to_chars (Ryu); the
// halves, with at most five digits, are searched.
#include "io/digits.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "support/half.hpp"

namespace tconv::io {
namespace {

constexpr std::size_t kLongestText = 32;

// XX of "d.ddde+XX".
int exponent_of(std::string_view text) {
  text.remove_prefix(text.find('e') + 1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  std::from_chars(text.begin(), text.end(), value);
  return value;
}

// "d.ddde+XX" taken apart.
Digits from_scientific(std::string_view text) {
  Digits result;
  if (text.starts_with('-')) {
    result.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (c == '.') continue;
    result.digits[static_cast<std::size_t>(result.count)] = c;
    ++result.count;
  }
  while (result.count > 1 && result.digits[static_cast<std::size_t>(result.count - 1)] == '0') {
    --result.count;
  }
  result.point = exponent_of(text) + 1;
  return result;
}

template <typename Float>
Digits shortest_by_to_chars(Float value) {
  std::array<char, kLongestText> text{};
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  return from_scientific({text.data(), static_cast<std::size_t>(written.ptr - text.data())});
}

bool reads_back(double decimal, double value, DType dtype) {
  if (dtype == DType::Float16) {
    return support::half_from_double(decimal) == support::half_from_double(value);
  }
  return support::bfloat16_from_double(decimal) == support::bfloat16_from_double(value);
}

// The magnitude to `precision` digits after the first.
std::string_view to_precision(double magnitude, int precision,
                              std::array<char, kLongestText>& text) {
  const auto written = std::to_chars(text.data(), text.data() + text.size(), magnitude,
                                     std::chars_format::scientific, precision);
  return {text.data(), static_cast<std::size_t>(written.ptr - text.data())};
}

double decimal_value(std::string_view text) {
  double value = 0;
  std::from_chars(text.begin(), text.end(), value);
  return value;
}

Digits shortest_of_half(double value, DType dtype) {
  const double magnitude = std::abs(value);
  std::array<char, kLongestText> text{};
  for (int precision = 0;; ++precision) {
    std::string_view decimal = to_precision(magnitude, precision, text);
    if (!reads_back(decimal_value(decimal), magnitude, dtype)) {
      // Above a power of two the neighbours are twice as far as below: the next decimal up may read
      // back where the nearest, which is below, does not (2^-6 as a float16: 0.01563).
      const double step = std::pow(10.0, exponent_of(decimal) - precision);
      decimal = to_precision(decimal_value(decimal) + step, precision, text);
      if (!reads_back(decimal_value(decimal), magnitude, dtype)) continue;
    }
    Digits digits = from_scientific(decimal);
    digits.negative = value < 0;
    return digits;
  }
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

// The digits laid out around the point, which is always there.
std::string laid_out(const Digits& digits) {
  const std::string_view all = digits.view();
  std::string text = digits.negative ? "-" : "";
  if (digits.point <= 0) {
    text += "0.";
    text.append(static_cast<std::size_t>(-digits.point), '0');
    return text.append(all);
  }
  const auto before = static_cast<std::size_t>(digits.point);
  text.append(all.substr(0, before));
  if (all.size() < before) text.append(before - all.size(), '0');
  text += '.';
  if (all.size() > before) text.append(all.substr(before));
  return text;
}

}  // namespace

Digits shortest_digits(double value, DType dtype) {
  if (value == 0) {
    return {.negative = std::signbit(value), .point = 1, .count = 1, .digits = {'0'}};
  }
  if (dtype == DType::Float64) return shortest_by_to_chars(value);
  if (dtype == DType::Float32) return shortest_by_to_chars(static_cast<float>(value));
  return shortest_of_half(value, dtype);
}

std::string positional(double value, DType dtype, int precision) {
  const Digits digits = shortest_digits(value, dtype);
  if (value == 0 || digits.count - digits.point <= precision) return laid_out(digits);
  std::string text = fmt::format("{:#.{}f}", value, precision);
  return precision == 0 ? text : trimmed(std::move(text));
}

std::string scientific(double value, DType dtype, int precision) {
  const Digits digits = shortest_digits(value, dtype);
  if (digits.count - 1 > precision) {
    const std::string text = scientific_exact(value, precision, 2);
    const std::size_t e = text.find('e');
    return (precision == 0 ? text.substr(0, e) : trimmed(text.substr(0, e))) + text.substr(e);
  }
  const int exponent = value == 0 ? 0 : digits.point - 1;
  return fmt::format("{}{}.{}e{}{:02}", digits.negative ? "-" : "", digits.view()[0],
                     digits.view().substr(1), exponent < 0 ? '-' : '+', std::abs(exponent));
}

std::string scientific_exact(double value, int precision, int exponent_digits) {
  std::string text = fmt::format("{:#.{}e}", value, precision);
  const std::size_t digits_at = text.find('e') + 2;
  const std::size_t found = text.size() - digits_at;
  const auto wanted = static_cast<std::size_t>(exponent_digits);
  if (found < wanted) text.insert(digits_at, wanted - found, '0');
  return text;
}

std::string python_repr(double value, DType dtype) {
  constexpr int kLeastPoint = -3, kMostPoint = 16;  // 0.0001 and 1e16 are the turning points
  const Digits digits = shortest_digits(value, dtype);
  if (kLeastPoint <= digits.point && digits.point <= kMostPoint) {
    std::string text = laid_out(digits);
    if (text.ends_with('.')) text += '0';
    return text;
  }
  std::string text = scientific(value, dtype, static_cast<int>(Digits::kMost));
  const std::size_t point = text.find('.');
  if (text[point + 1] == 'e') text.erase(point, 1);
  return text;
}

}  // namespace tconv::io
