// NumPy's rule of closeness, and what is said about tensors that break it.
#include "io/compare.hpp"

#include <doctest/doctest.h>

#include "io/read.hpp"

namespace tconv::io {
namespace {

Comparison compared(const char* actual, const char* expected, const Tolerance& tolerance) {
  const auto a = read_tensor(actual);
  const auto e = read_tensor(expected);
  REQUIRE(a);
  REQUIRE(e);
  const auto result = compare(*a, *e, tolerance);
  REQUIRE(result);
  return *result;
}

TEST_CASE("compare: the tolerance is absolute plus relative to the expected value") {
  const Tolerance tolerance{.relative = 0.1, .absolute = 1};
  CHECK(compared("[12, -12]", "[10, -10]", tolerance).equal);  // 2 <= 1 + 0.1*10
  CHECK_FALSE(compared("[12.5]", "[10]", tolerance).equal);
  CHECK(compared("[[]]", "[[]]", {}).equal);
}

TEST_CASE("compare: counts what differs and finds the worst") {
  const auto result = compared("[[1, 2], [3, 9]]", "[[1, 2.5], [3, 4]]", {});
  CHECK_FALSE(result.equal);
  CHECK(result.elements == 4);
  CHECK(result.differing == 2);
  CHECK(result.largest_difference == 5);
  CHECK(result.worst_index == Shape{1, 1});
  CHECK(result.worst_actual == 9);
  CHECK(result.worst_expected == 4);
}

TEST_CASE("compare: NaN equals NaN only where asked, infinities only themselves") {
  const char* const special = R"(["NaN", "Infinity", "-Infinity"])";
  CHECK_FALSE(compared(special, special, {}).equal);
  CHECK(compared(special, special, {.equal_nan = true}).equal);
  const auto flipped = compared(R"([1, "Infinity"])", R"([5, "-Infinity"])", {.absolute = 100});
  CHECK(flipped.differing == 1);
  CHECK(flipped.worst_index == Shape{1});  // worse than any finite difference
  CHECK(flipped.largest_difference == 4);
}

TEST_CASE("compare: other shapes differ, other dtypes need not") {
  const auto result = compared("[1, 2]", "[[1, 2]]", {.absolute = 10});
  CHECK_FALSE(result.equal);
  CHECK_FALSE(result.same_shape);
  CHECK(compared(R"({"dtype": "float16", "data": [1, 2]})", R"({"dtype": "int64", "data": [1, 2]})",
                 {})
            .equal);
}

}  // namespace
}  // namespace tconv::io
