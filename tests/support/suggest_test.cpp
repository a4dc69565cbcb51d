// "did you mean": what is near, what is not, and which of several is nearest.
#include "support/suggest.hpp"

#include <doctest/doctest.h>

#include <array>

namespace tconv::support {
namespace {

constexpr std::array<std::string_view, 6> kWords{"stride", "padding",        "dilation",
                                                 "groups", "output_padding", "k"};

TEST_CASE("nearest_word: one slip of the finger of each kind") {
  CHECK(nearest_word("strid", kWords) == "stride");    // left out
  CHECK(nearest_word("strides", kWords) == "stride");  // added
  CHECK(nearest_word("stribe", kWords) == "stride");   // replaced
  CHECK(nearest_word("stirde", kWords) == "stride");   // swapped
  CHECK(nearest_word("STRIDE", kWords) == "stride");   // case is free
  CHECK(nearest_word("ouput_pading", kWords) == "output_padding");
}

TEST_CASE("nearest_word: further than a third of the word is another word") {
  CHECK(nearest_word("kernel", kWords).empty());
  CHECK(nearest_word("", kWords).empty());
  CHECK(nearest_word("x", kWords).empty());
  CHECK(nearest_word("K", kWords) == "k");
  CHECK(nearest_word("edirts", kWords).empty());
  CHECK(nearest_word(std::string(100000, 'a'), kWords).empty());
  CHECK(nearest_word("stride", {}).empty());
}

TEST_CASE("nearest_word: the nearest wins, and of equals the first") {
  constexpr std::array<std::string_view, 3> kNear{"float16", "float32", "float64"};
  CHECK(nearest_word("flaot32", kNear) == "float32");
  CHECK(nearest_word("float", kNear) == "float16");
}

// A swap is one step, not two; the optimal string alignment of these needs 1, 1, 2 and 3 steps.
TEST_CASE("nearest_word: distances at the edge of reach") {
  CHECK(nearest_word("ab", std::array<std::string_view, 1>{"abc"}) == "abc");
  CHECK(nearest_word("acb", std::array<std::string_view, 1>{"abc"}) == "abc");
  CHECK(nearest_word("badcef", std::array<std::string_view, 1>{"abcdef"}) == "abcdef");
  CHECK(nearest_word("badcfe", std::array<std::string_view, 1>{"abcdef"}).empty());
}

TEST_CASE("did_you_mean: a phrase to append, or nothing") {
  CHECK(did_you_mean("stirde", kWords) == " (did you mean \"stride\"?)");
  CHECK(did_you_mean("banana", kWords).empty());
}

}  // namespace
}  // namespace tconv::support
