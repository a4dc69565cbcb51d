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

TEST_CASE("compare: integers of 64 bits are told apart where doubles are not") {
  CHECK(compared(R"({"dtype": "int64", "data": [9007199254740993, 9223372036854775807]})",
                 R"({"dtype": "int64", "data": [9007199254740992, 9223372036854775806]})", {})
            .differing == 2);
  CHECK(compared(R"({"dtype": "uint64", "data": [18446744073709551615]})",
                 R"({"dtype": "uint64", "data": [18446744073709551615]})", {})
            .equal);
}

TEST_CASE("compare: the mean difference, and how many are not finite") {
  const auto result = compared(R"([1, 2, "NaN", 4])", "[1, 4, 3, 8]", {});
  CHECK(result.differing == 3);
  CHECK(result.not_finite == 1);
  CHECK(result.mean_difference == 2);  // of 0, 2 and 4
}

TEST_CASE("compare: of two dtypes the tolerance is the greater") {
  CHECK(default_tolerance(DType::Float16, DType::Float64).relative == 1e-3);
  CHECK(default_tolerance(DType::Int8, DType::Float32).absolute == 1e-5);
  CHECK(default_tolerance(DType::Int8, DType::Int32).absolute == 0);
}

TEST_CASE("compare: by the mean of all elements") {
  const Tolerance tolerance{.absolute = 0.5, .metric = Metric::Mean};
  const auto result = compared("[1, 2, 3, 4]", "[1, 2, 3, 6]", tolerance);
  CHECK(result.equal);
  CHECK(result.differing == 1);
  CHECK(result.measured == 0.5);
  CHECK_FALSE(compared("[1, 2]", "[1, 4]", tolerance).equal);
  CHECK(compared("[9, 11]", "[10, 10]", {.relative = 0.1, .metric = Metric::Mean}).equal);
  CHECK_FALSE(compared(R"(["NaN", 1])", R"(["NaN", 1])", tolerance).equal);
  CHECK(compared(R"(["NaN", 1])", R"(["NaN", 1])", {.equal_nan = true, .metric = Metric::Mean})
            .equal);
  CHECK(compared("[[]]", "[[]]", tolerance).equal);
}

TEST_CASE("compare: by the angle between the tensors") {
  const Tolerance tolerance{.absolute = 1e-6, .metric = Metric::Cosine};
  CHECK(compared("[1, 2, 3]", "[10, 20, 30]", tolerance).equal);  // of any length
  const auto right = compared("[1, 0]", "[0, 1]", tolerance);
  CHECK_FALSE(right.equal);
  CHECK(right.measured == 1);
  CHECK(compared("[1, 0]", "[-1, 0]", tolerance).measured == 2);
  CHECK(compared("[0, 0]", "[0, 0]", tolerance).equal);
  CHECK_FALSE(compared("[0, 0]", "[0, 1]", tolerance).equal);
  CHECK_FALSE(compared(R"(["NaN", 1])", "[1, 1]", tolerance).equal);
}

// 1 + 2^-23 is the float after 1; the smallest float is one from zero, and two from its negative.
TEST_CASE("compare: by units in the last place of the coarser dtype") {
  const auto ulps = [](const std::string& a, const std::string& b) {
    return compared(a.c_str(), b.c_str(), {.absolute = 4, .metric = Metric::Ulp}).measured;
  };
  const auto floats = [](const std::string& data) {
    return R"({"dtype": "float32", "data": [)" + data + "]}";
  };
  CHECK(ulps(floats("1"), floats("1.00000011920929")) == 1);
  CHECK(ulps(floats("1e-45"), floats("-1e-45")) == 2);
  CHECK(ulps(floats("0"), floats("-0.0")) == 0);
  CHECK(ulps(floats("3"), R"({"dtype": "float16", "data": [3.001953125]})") == 1);
  CHECK(ulps(R"({"dtype": "int32", "data": [3]})", R"({"dtype": "int32", "data": [10]})") == 7);
  const auto special = compared(R"(["NaN"])", "[1]", {.absolute = 4, .metric = Metric::Ulp});
  CHECK_FALSE(special.equal);
  CHECK(special.differing == 1);
}

}  // namespace
}  // namespace tconv::io
