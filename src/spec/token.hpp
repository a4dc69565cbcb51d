// The words of the Python that people paste: names, numbers, strings, punctuation.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tconv::spec {

struct Token {
  enum class Kind {
    End,
    Name,
    Integer,
    Real,
    String,        // with its prefix and quotes
    Punctuation,   // one character, or `//` or `**`
    Unterminated,  // a string without its closing quote on the line
    Unknown,       // a character, or a malformed number, that no token starts with
  };
  Kind kind = Kind::End;
  std::size_t begin = 0, end = 0;  // bytes of the source
  bool starts_line = false;        // first of its line
};

// The first token at or after `from`. White space, comments, line continuations and the `>>>` of
// an interactive session separate tokens.
Token next_token(std::string_view source, std::size_t from);

inline std::string_view text_of(std::string_view source, const Token& token) {
  return source.substr(token.begin, token.end - token.begin);
}

// For messages: `"]"`, `a string`, `the end`.
std::string description(std::string_view source, const Token& token);

// Bytes of the punctuation or white space that text processors put in place of ASCII (curly quotes,
// the true minus sign, no-break spaces) at `at`; 0 if there is none.
std::size_t typographic_bytes(std::string_view source, std::size_t at);

}  // namespace tconv::spec
