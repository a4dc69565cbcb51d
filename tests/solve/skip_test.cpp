// Coming back to the size of a skip connection.
#include "solve/skip.hpp"

#include <doctest/doctest.h>

namespace tconv::solve {
namespace {

Result<std::vector<Below>> skip_of(std::int64_t size, std::int64_t stride,
                                   std::vector<std::int64_t> from = {}) {
  const auto framework = frameworks::framework_named("pytorch");
  REQUIRE(framework);
  return solve_skip({.axes = {{.from = std::move(from),
                               .to = {size},
                               .kernel = {1, 4},
                               .stride = {stride, stride},
                               .dilation = {1, 1}}},
                     .frameworks = {*framework}});
}

TEST_CASE("skip: an odd size has two sizes below it, and a way back from each") {
  const auto below = skip_of(89, 2);
  REQUIRE(below);
  REQUIRE(below->size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const Below& b = below->at(i);
    const auto size = static_cast<std::int64_t>(44 + i);
    CHECK(b.sizes == std::vector<std::int64_t>{size});
    REQUIRE(b.down);
    CHECK(b.down->direction == Direction::Forward);
    REQUIRE(!b.exact.empty());
    for (const Solution& s : b.exact) {
      CHECK(*output_extent(s.direction, s.lowered[0]) == 89);
      CHECK(s.lowered[0].input == size);
    }
    REQUIRE(b.usual);
    CHECK(*output_extent(b.usual->direction, b.usual->lowered[0]) == 2 * size);
  }
}

TEST_CASE("skip: a multiple of the stride, or a size below that is given, has one") {
  const auto even = skip_of(90, 2);
  REQUIRE(even);
  REQUIRE(even->size() == 1);
  CHECK(even->at(0).sizes == std::vector<std::int64_t>{45});
  const auto given = skip_of(89, 2, {43});
  REQUIRE(given);
  REQUIRE(given->size() == 1);
  CHECK(given->at(0).sizes == std::vector<std::int64_t>{43});
}

TEST_CASE("skip: a size smaller than the stride is only ever rounded up") {
  const auto below = skip_of(1, 2);
  REQUIRE(below);
  REQUIRE(below->size() == 1);
  CHECK(below->at(0).sizes == std::vector<std::int64_t>{1});
}

}  // namespace
}  // namespace tconv::solve
