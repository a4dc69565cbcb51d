// The excerpt under an error.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/caret.hpp"

namespace tconv::support {
namespace {

struct Row {
  std::string name;
  std::string source;
  std::size_t offset;
  std::string expected;
};

TEST_CASE("the caret lies under the byte's character") {
  const Row rows[] = {
      {"in a short line", "abc", 1, "abc\n ^"},
      {"at the end", "abc", 3, "abc\n   ^"},
      {"far behind the end", "abc", 99, "abc\n   ^"},
      {"no text", "", 0, "\n^"},
      {"second line", "ab\ncd\nef", 4, "cd\n ^"},
      {"first byte of a line", "ab\ncd", 3, "cd\n^"},
      {"at a line's break", "ab\ncd", 2, "ab\n  ^"},
      {"DOS line ends", "ab\r\ncd\r\n", 5, "cd\n ^"},
      {"a tab is one column", "\tab", 2, " ab\n  ^"},
      {"two bytes, one column",
       "\xC3\xA9"
       "a",
       2,
       "\xC3\xA9"
       "a\n ^"},
      {"inside a character",
       "a\xC3\xA9"
       "b",
       2,
       "a\xC3\xA9"
       "b\n ^"},
      {"wide characters", "\xEA\xB2\xBD\xEC\x9A\xB0!", 6, "\xEA\xB2\xBD\xEC\x9A\xB0!\n    ^"},
      {"combining accents", "e\xCC\x81!", 3, "e\xCC\x81!\n ^"},
      {"control characters", "a\x1B[0m\x7F", 6, "a?[0m?\n      ^"},
      {"control characters of Latin-1",
       "\xC2\x9B"
       "a",
       2, "?a\n ^"},
      {"broken UTF-8", "\xC3(\xFF\xE2\x82", 2, "?(???\n  ^"},
      {"overlong and surrogate UTF-8", "\xE0\x80\x80\xED\xA0\x80.", 6, "??????.\n      ^"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(caret_excerpt(row.source, row.offset) == row.expected);
  }
}

std::string digits(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + i % 10);
  return text;
}

// Of 1000 columns in 10-column steps, so that every place looks different.
TEST_CASE("a long line is cut around the caret to 76 columns") {
  const std::string line = digits(1000);
  const std::string lines = "before\n" + line + "\nafter";
  for (const std::size_t column : {0U, 5U, 35U, 36U, 500U, 960U, 965U, 999U, 1000U}) {
    CAPTURE(column);
    const std::string excerpt = caret_excerpt(lines, 7 + column);
    const std::string shown = excerpt.substr(0, excerpt.find('\n'));
    const std::string under = excerpt.substr(shown.size() + 1);
    CHECK(shown.size() <= 76);
    CHECK(shown.size() >= 73);
    CHECK(shown.starts_with("...") == (column > 35));
    CHECK(shown.ends_with("...") == (column < 965));
    CHECK(under == std::string(under.size() - 1, ' ') + "^");
    if (column < 1000) CHECK(shown.at(under.size() - 1) == line[column]);
    if (column == 1000) CHECK(under.size() == shown.size() + 1);
  }
}

TEST_CASE("a line of exactly the width is whole, one more is cut") {
  CHECK(caret_excerpt(digits(76), 75) == digits(76) + "\n" + std::string(75, ' ') + "^");
  CHECK(caret_excerpt(digits(77), 0) == digits(70) + "...\n^");
}

TEST_CASE("a line of wide characters is cut by columns, between characters") {
  std::string line;
  for (int i = 0; i < 2000; ++i) line += "\xEA\xB2\xBD";
  const std::string excerpt = caret_excerpt(line, 3000);
  const std::string shown = excerpt.substr(0, excerpt.find('\n'));
  CHECK(shown.size() == 3 + 34 * 3 + 3);  // 17 of two columns on each side
  CHECK(shown.find('?') == std::string::npos);
}

}  // namespace
}  // namespace tconv::support
