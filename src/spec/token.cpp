// Tokens are found on demand, so that looking ahead is calling next_token again.
#include "spec/token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "spec/spec_error.hpp"

namespace tconv::spec {
namespace {

bool is_digit(char c) { return '0' <= c && c <= '9'; }

// Bytes above ASCII belong to names, as Python allows; typographic_bytes takes out the exceptions.
bool starts_name(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool starts_with(std::string_view source, std::size_t at, std::string_view what) {
  return source.substr(at, what.size()) == what;
}

// White space at `at`, in bytes; 0 if there is none. The first of the long ones is the no-break
// space.
std::size_t space_bytes(std::string_view source, std::size_t at) {
  constexpr std::array<std::string_view, 4> kLong = {"\xC2\xA0", "\\\n", "\\\r\n", ">>>"};
  if (std::string_view(" \t\r\n\f\v").find(source[at]) != std::string_view::npos) return 1;
  for (const std::string_view space : kLong)
    if (starts_with(source, at, space)) return space.size();
  return 0;
}

std::size_t name_end(std::string_view source, std::size_t at) {
  while (at < source.size() && (starts_name(source[at]) || is_digit(source[at])) &&
         typographic_bytes(source, at) == 0 && space_bytes(source, at) == 0)
    ++at;
  return at;
}

bool is_string_prefix(std::string_view name) {
  constexpr std::string_view kLetters = "rRbBuUfF";
  return name.size() <= 2 && std::all_of(name.begin(), name.end(), [&](char c) {
           return kLetters.find(c) != std::string_view::npos;
         });
}

// A string whose prefix starts at `begin` and whose opening quote is at `quote`.
Token string_token(std::string_view source, std::size_t begin, std::size_t quote) {
  for (std::size_t at = quote + 1; at < source.size() && source[at] != '\n'; ++at) {
    if (source[at] == '\\') {
      ++at;
    } else if (source[at] == source[quote]) {
      return {.kind = Token::Kind::String, .begin = begin, .end = at + 1};
    }
  }
  return {.kind = Token::Kind::Unterminated, .begin = begin, .end = quote + 1};
}

// Everything that looks like part of the number belongs to it: `3x` is one malformed number, not
// a 3 and a name.
Token number_token(std::string_view source, std::size_t begin) {
  std::size_t at = begin;
  bool real = false;
  const bool based = starts_with(source, begin, "0x") || starts_with(source, begin, "0X");
  while (at < source.size()) {
    const char c = source[at];
    const bool exponent = !based && (c == 'e' || c == 'E');
    const bool sign = (c == '-' || c == '+') && at > begin && !based &&
                      (source[at - 1] == 'e' || source[at - 1] == 'E');
    if (!is_digit(c) && c != '.' && !sign && name_end(source, at) == at) break;
    real = real || c == '.' || exponent;
    ++at;
  }
  return {.kind = real ? Token::Kind::Real : Token::Kind::Integer, .begin = begin, .end = at};
}

}  // namespace

std::size_t typographic_bytes(std::string_view source, std::size_t at) {
  constexpr std::array<std::string_view, 6> kMarks = {
      "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9C", "\xE2\x80\x9D",  // curly quotes
      "\xE2\x88\x92", "\xE2\x80\x93"};                                 // minus sign, en dash
  for (const std::string_view mark : kMarks)
    if (starts_with(source, at, mark)) return mark.size();
  return 0;
}

Token next_token(std::string_view source, std::size_t from) {
  bool starts_line = from == 0;
  std::size_t at = from;
  while (at < source.size()) {
    if (source[at] == '#') at = std::min(source.find('\n', at), source.size());
    if (at == source.size()) break;
    const std::size_t bytes = space_bytes(source, at);
    if (bytes == 0) break;
    starts_line = starts_line || source[at] == '\n';
    at += bytes;
  }
  Token token{.begin = at, .end = at};
  if (at == source.size()) {
    token.kind = Token::Kind::End;
  } else if (const std::size_t mark = typographic_bytes(source, at); mark != 0) {
    token = {.kind = Token::Kind::Unknown, .begin = at, .end = at + mark};
  } else if (starts_name(source[at])) {
    const std::size_t end = name_end(source, at);
    const bool quoted = end < source.size() && (source[end] == '"' || source[end] == '\'');
    token = {.kind = Token::Kind::Name, .begin = at, .end = end};
    if (quoted && is_string_prefix(source.substr(at, end - at)))
      token = string_token(source, at, end);
  } else if (source[at] == '"' || source[at] == '\'') {
    token = string_token(source, at, at);
  } else if (is_digit(source[at]) ||
             (source[at] == '.' && at + 1 < source.size() && is_digit(source[at + 1]))) {
    token = number_token(source, at);
  } else {
    const bool doubled = starts_with(source, at, "//") || starts_with(source, at, "**");
    const bool known =
        std::string_view("()[]{},.:;=+-*/%<>@|&~^").find(source[at]) != std::string_view::npos;
    token = {.kind = known ? Token::Kind::Punctuation : Token::Kind::Unknown,
             .begin = at,
             .end = at + (doubled ? 2 : 1)};
  }
  token.starts_line = starts_line;
  return token;
}

std::string description(std::string_view source, const Token& token) {
  switch (token.kind) {
    case Token::Kind::End: return "the end";
    case Token::Kind::String: return "a string";
    case Token::Kind::Unterminated: return "a string that is not closed";
    default: break;
  }
  const std::string_view text = text_of(source, token);
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x20 || first == 0x7F) return fmt::format("the byte 0x{:02x}", first);
  return in_quotes(text);
}

}  // namespace tconv::spec
