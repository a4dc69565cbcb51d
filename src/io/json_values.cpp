// One JSON number to one element, or the reason why not.
#include "io/json_values.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "io/elements.hpp"
#include "io/json_shape.hpp"

namespace tconv::io {
namespace {

using Kind = JsonScalar::Kind;

struct Word {
  std::string_view spelling{};  // in lower case
  double value = 0;
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::array kWords{
    Word{"nan", std::numeric_limits<double>::quiet_NaN()},
    Word{"inf", kInfinity},
    Word{"+inf", kInfinity},
    Word{"-inf", -kInfinity},
    Word{"infinity", kInfinity},
    Word{"+infinity", kInfinity},
    Word{"-infinity", -kInfinity},
};

bool same_letters(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char lower = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != lower_case[i]) return false;
  }
  return true;
}

struct Refusal {
  std::string why{};
  std::string hint{};
};

// Either the element or why there is none.
template <typename Element>
struct Outcome {
  Element element{};
  std::optional<Refusal> refusal{};
};

template <typename Element>
Outcome<Element> refuse(std::string why, std::string hint = {}) {
  return {.refusal = Refusal{.why = std::move(why), .hint = std::move(hint)}};
}

// float32 from its digits: by way of the double it could be rounded twice.
float float_from_digits(std::string_view digits, double real) {
  float value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // Out of range, above or below: there the double, far from any tie, says which.
  if (failed != std::errc{}) return static_cast<float>(real);
  return value;
}

template <typename Element, typename Integer>
Element from_integer(Integer value) {
  if constexpr (std::is_floating_point_v<Element>) return static_cast<Element>(value);
  return rounded<Element>(static_cast<double>(value));
}

template <typename Element>
Outcome<Element> floating_element(const JsonScalar& scalar, DType dtype) {
  Element element{};
  switch (scalar.kind) {
    case Kind::Null:
      return refuse<Element>("is not a number", R"(write "NaN" for a missing value)");
    case Kind::Text:
      for (const Word& word : kWords) {
        if (same_letters(scalar.text, word.spelling))
          return {.element = rounded<Element>(word.value)};
      }
      return refuse<Element>("is not a number",
                             R"(the strings taken are "NaN", "Infinity" and "-Infinity")");
    case Kind::Bool: return {.element = rounded<Element>(scalar.boolean ? 1.0 : 0.0)};
    case Kind::Signed: element = from_integer<Element>(scalar.signed_integer); break;
    case Kind::Unsigned: element = from_integer<Element>(scalar.unsigned_integer); break;
    case Kind::Real:
      if constexpr (std::is_same_v<Element, float>) {
        element = float_from_digits(scalar.text, scalar.real);
      } else {
        element = rounded<Element>(scalar.real);
      }
      break;
  }
  if (std::isinf(widened(element)))
    return refuse<Element>(fmt::format("is too large for {}", name(dtype)));
  return {.element = element};
}

template <typename Integer>
Outcome<Integer> integer_element(const JsonScalar& scalar, DType dtype) {
  using Limits = std::numeric_limits<Integer>;
  const auto out_of_range = [dtype] {
    return refuse<Integer>(fmt::format("is not in the range of {}, {} to {}", name(dtype),
                                       Limits::min(), Limits::max()));
  };
  const auto no_integer = [dtype] {
    return refuse<Integer>(fmt::format("is not an integer, as {} needs", name(dtype)));
  };
  switch (scalar.kind) {
    case Kind::Null:
    case Kind::Text: return no_integer();
    case Kind::Bool: return {.element = static_cast<Integer>(scalar.boolean)};
    case Kind::Signed:
      if (!std::in_range<Integer>(scalar.signed_integer)) return out_of_range();
      return {.element = static_cast<Integer>(scalar.signed_integer)};
    case Kind::Unsigned:
      if (!std::in_range<Integer>(scalar.unsigned_integer)) return out_of_range();
      return {.element = static_cast<Integer>(scalar.unsigned_integer)};
    case Kind::Real: break;
  }
  // 3.0 and 1e3 are integers too; beyond 2^53 a double no longer says which.
  constexpr double kExact = 0x1p53;
  if (std::abs(scalar.real) > kExact) return out_of_range();
  if (scalar.real != std::trunc(scalar.real)) return no_integer();
  const auto value = static_cast<std::int64_t>(scalar.real);
  if (!std::in_range<Integer>(value)) return out_of_range();
  return {.element = static_cast<Integer>(value)};
}

Outcome<bool> bool_element(const JsonScalar& scalar) {
  if (scalar.kind == Kind::Bool) return {.element = scalar.boolean};
  const auto bit = integer_element<std::uint8_t>(scalar, DType::UInt8);
  if (bit.refusal || bit.element > 1) return refuse<bool>("is neither true nor false, 1 nor 0");
  return {.element = bit.element == 1};
}

template <typename Element>
Outcome<Element> element_from(const JsonScalar& scalar, DType dtype) {
  if constexpr (std::is_same_v<Element, bool>) {
    return bool_element(scalar);
  } else if constexpr (std::is_integral_v<Element>) {
    return integer_element<Element>(scalar, dtype);
  } else {
    return floating_element<Element>(scalar, dtype);
  }
}

}  // namespace

bool JsonValues::scalar(const JsonScalar& scalar) {
  return with_element_type(dtype_, [&](auto kind) {
    using Element = decltype(kind);
    auto outcome = element_from<Element>(scalar, dtype_);
    if (!outcome.refusal) {
      store(bytes_, index_, outcome.element);
      ++index_;
      return true;
    }
    std::vector<std::int64_t> position(data_shape_.size());
    std::int64_t rest = index_;
    for (std::size_t axis = position.size(); axis-- > 0;) {
      position[axis] = rest % data_shape_[axis];
      rest /= data_shape_[axis];
    }
    error = {.code = ErrorCode::Input,
             .what = fmt::format("{}{}{} {}", scalar_text(scalar), position.empty() ? "" : " at ",
                                 json_path(position), outcome.refusal->why),
             .hint = std::move(outcome.refusal->hint)};
    return false;
  });
}

}  // namespace tconv::io
