// Values of command-line flags.
#include <doctest/doctest.h>

#include <string>

#include "spec/spec.hpp"
#include "spec_text.hpp"

namespace tconv::spec {
namespace {

struct Row {
  std::string text, expected;
};

TEST_CASE("a flag's value is a number, a list, pairs or a word") {
  const Row rows[] = {
      {"2", "2"},
      {"-1", "-1"},
      {"+3", "3"},
      {" 2 ", "2"},
      {"9223372036854775807", "9223372036854775807"},
      {"2,2", "[2, 2]"},
      {"2, -3, 4", "[2, -3, 4]"},
      {"(2, 2)", "[2, 2]"},
      {"[2,2]", "[2, 2]"},
      {"(3,)", "[3]"},
      {"1:2,0:1", "[[1, 2], [0, 1]]"},
      {"1:2", "[[1, 2]]"},
      {"-1:-2", "[[-1, -2]]"},
      {"1,2:3", "[1, [2, 3]]"},
      {"same", "same"},
      {"SAME_UPPER", "SAME_UPPER"},
      {"channels_last", "channels_last"},
      {"NCHW", "NCHW"},
      {"true", "True"},
      {"False", "False"},
      {"none", "None"},
      {"None", "None"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<Value> value = parse_flag_value("--padding", row.text);
    REQUIRE(value);
    CHECK(text_of(*value) == row.expected);
  }
  CHECK(parse_flag_value("--padding", "same")->kind == Value::Kind::Word);
}

TEST_CASE("a flag's value that is none of these is refused, with the flag and the place") {
  struct Refused {
    std::string text, what, excerpt;
  };
  const Refused rows[] = {
      {"", "expected a value, found nothing", "\n^"},
      {"2,,2", "expected a whole number, found nothing", "2,,2\n  ^"},
      {"2,", "expected a whole number, found nothing", "2,\n  ^"},
      {"2.5", "expected a whole number, found \"2.5\"", "2.5\n^"},
      {"3x3", "expected a whole number, found \"3x3\"", "3x3\n^"},
      {"1, two", "expected a whole number, found \"two\"", "1, two\n   ^"},
      {"1:2:3", "expected a pair low:high, found \"1:2:3\"", "1:2:3\n^"},
      {"1:", "expected a whole number, found nothing", "1:\n  ^"},
      {"same,2", "expected a whole number, found \"same\"", "same,2\n^"},
      {"+-1", "expected a whole number, found \"+-1\"", "+-1\n^"},
      {"--", "expected a whole number, found \"--\"", "--\n^"},
      {"9223372036854775808", "expected an integer of 64 bits, found \"9223372036854775808\"",
       "9223372036854775808\n^"},
  };
  for (const Refused& row : rows) {
    CAPTURE(row.text);
    const Result<Value> value = parse_flag_value("--stride", row.text);
    REQUIRE_FALSE(value);
    CHECK(value.error().code == ErrorCode::Usage);
    CHECK(value.error().where == "--stride");
    CHECK(value.error().what == row.what);
    CHECK(value.error().excerpt == row.excerpt);
  }
}

}  // namespace
}  // namespace tconv::spec
