// Grammar: The Python Language Reference, section 2.4 and following, less f-strings, triple quotes
// and \N{...}.
#include "spec/literal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "spec/spec_error.hpp"

namespace tconv::spec {
namespace {

Error malformed(std::string_view source, const Token& token) {
  return spec_error(source, token.begin,
                    fmt::format("expected a number, found {}", description(source, token)));
}

// Digits without the underscores that may stand between two of them; empty if one stands elsewhere.
std::string digits_of(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool lone = i == 0 || i + 1 == text.size() || text[i - 1] == '_';
    if (text[i] == '_' && lone) return {};
    if (text[i] != '_') digits += text[i];
  }
  return digits;
}

int base_of(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  switch (text[1] | 0x20) {  // lower case
    case 'x': return 16;
    case 'o': return 8;
    case 'b': return 2;
    default: return 10;
  }
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto tail = [&](unsigned shift) { put(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6), tail(0);
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12), tail(6), tail(0);
  } else {
    put(0xF0U | code >> 18), tail(12), tail(6), tail(0);
  }
}

struct NumericEscape {
  char letter = 'x';
  std::size_t digits = 2;
};
constexpr NumericEscape kNumericEscapes[] = {{'x', 2}, {'u', 4}, {'U', 8}};

// Replaces the escape after the backslash at body[at]; returns the bytes it took with the
// backslash, 0 if it is malformed.
std::size_t append_escape(std::string& text, std::string_view body, std::size_t at) {
  constexpr std::string_view kLetters = "abfnrtv\\'\"", kMeanings = "\a\b\f\n\r\t\v\\'\"";
  const char letter = body[at + 1];
  if (letter == '\n') return 2;
  if (const std::size_t i = kLetters.find(letter); i != std::string_view::npos) {
    text += kMeanings[i];
    return 2;
  }
  const auto number = [&](std::size_t from, std::size_t most, int base) {
    std::uint32_t code = 0;
    const char* first = body.data() + std::min(from, body.size());
    const char* last = body.data() + std::min(from + most, body.size());
    const auto [end, error] = std::from_chars(first, last, code, base);
    if (error != std::errc{} || code > 0x10FFFF || (0xD800 <= code && code <= 0xDFFF))
      return std::size_t{0};
    append_utf8(text, code);
    return static_cast<std::size_t>(end - first);
  };
  if ('0' <= letter && letter <= '7') return 1 + number(at + 1, 3, 8);
  for (const NumericEscape& escape : kNumericEscapes)
    if (letter == escape.letter)
      return number(at + 2, escape.digits, 16) == escape.digits ? 2 + escape.digits : 0;
  text += '\\';  // as Python: an unknown escape stays as it is
  return 1;
}

}  // namespace

Result<Value> integer_value(std::string_view source, const Token& token, bool negative) {
  const std::string_view text = text_of(source, token);
  const int base = base_of(text);
  std::string digits = digits_of(base == 10 ? text : text.substr(2));
  const bool octal_of_c = base == 10 && digits.size() > 1 && digits[0] == '0' &&
                          digits.find_first_not_of('0') != std::string::npos;
  if (digits.empty() || octal_of_c) return malformed(source, token);
  if (negative) digits.insert(digits.begin(), '-');
  Value value{.kind = Value::Kind::Int, .offset = token.begin};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value.integer, base);
  if (end != digits.data() + digits.size()) return malformed(source, token);
  if (error == std::errc::result_out_of_range)
    return spec_error(source, token.begin, "the integer does not fit into 64 bits");
  return value;
}

Result<Value> real_value(std::string_view source, const Token& token) {
  const std::string digits = digits_of(text_of(source, token));
  Value value{.kind = Value::Kind::Float, .offset = token.begin};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value.real);
  if (digits.empty() || end != digits.data() + digits.size()) return malformed(source, token);
  if (error == std::errc::result_out_of_range)
    return spec_error(source, token.begin, "the number does not fit into a float64");
  return value;
}

Result<Value> string_value(std::string_view source, const Token& token) {
  const std::string_view text = text_of(source, token);
  const std::size_t quote = text.find_first_of("\"'");
  const std::string_view prefix = text.substr(0, quote);
  if (prefix.find_first_of("fF") != std::string_view::npos)
    return spec_error(source, token.begin, "expected a plain string, found an f-string");
  const bool raw = prefix.find_first_of("rR") != std::string_view::npos;
  const std::string_view body = text.substr(quote + 1, text.size() - quote - 2);
  Value value{.kind = Value::Kind::String, .offset = token.begin};
  if (raw) {
    value.text = body;
    return value;
  }
  for (std::size_t at = 0; at < body.size();) {
    if (body[at] != '\\') {
      value.text += body[at++];
      continue;
    }
    const std::size_t taken = append_escape(value.text, body, at);
    if (taken == 0)
      return spec_error(source, token.begin + quote + 1 + at,
                        "the escape in this string is not complete");
    at += taken;
  }
  return value;
}

}  // namespace tconv::spec
