// Where the elements that differ lie.
#include "diff/locate.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "faults.hpp"

namespace tconv::diff {
namespace {

using tests::Image;
using Kind = Pattern::Kind;

// The patterns of a tensor whose elements were changed wherever `changed` says so.
std::vector<Pattern> patterns(const Shape& shape,
                              const std::function<bool(const Shape&)>& changed) {
  const Image a = tests::normal_image(shape, 1);
  const Image b = tests::image_from(shape, [&](const Shape& index) {
    return tests::element_at(a, index) + (changed(index) ? 1.0F : 0.0F);
  });
  return locate(a.tensor(), b.tensor(), io::default_tolerance(DType::Float32));
}

const Shape kShape = {2, 8, 20, 30};

TEST_CASE("locate: one channel, one batch item, a run of indices") {
  const auto channel = patterns(kShape, [](const Shape& i) { return i[1] == 3; });
  REQUIRE(channel.size() == 1);
  CHECK(channel[0].kind == Kind::Indices);
  CHECK(channel[0].axes == std::vector<int>{1});
  CHECK(channel[0].begin == 3);
  CHECK(channel[0].end == 4);
  const auto both = patterns(kShape, [](const Shape& i) { return i[0] == 1 && i[2] >= 17; });
  REQUIRE(both.size() == 2);
  CHECK(both[0].axes == std::vector<int>{0});
  CHECK(both[1].axes == std::vector<int>{2});
  CHECK(both[1].begin == 17);
  CHECK(both[1].end == 20);
}

TEST_CASE("locate: every s-th pixel") {
  const auto columns = patterns(kShape, [](const Shape& i) { return i[3] % 3 == 1; });
  REQUIRE(columns.size() == 1);
  CHECK(columns[0].kind == Kind::EveryNth);
  CHECK(columns[0].axes == std::vector<int>{3});
  CHECK(columns[0].begin == 1);
  CHECK(columns[0].step == 3);
}

TEST_CASE("locate: phases of a stride") {
  const auto phases =
      patterns(kShape, [](const Shape& i) { return i[2] % 2 == 1 || i[3] % 2 == 1; });
  REQUIRE(phases.size() == 1);
  CHECK(phases[0].kind == Kind::Phases);
  CHECK(phases[0].axes == std::vector<int>{2, 3});
  CHECK(phases[0].step == 2);
  CHECK(phases[0].phases == std::vector<Shape>{{0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("locate: the border, all of it or one side") {
  const auto border = patterns(
      kShape, [](const Shape& i) { return i[2] < 1 || i[2] >= 19 || i[3] < 2 || i[3] >= 29; });
  REQUIRE(border.size() == 1);
  CHECK(border[0].kind == Kind::Border);
  CHECK(border[0].axes == std::vector<int>{2, 3});
  CHECK(border[0].width == 2);
  const auto end = patterns(kShape, [](const Shape& i) { return i[2] == 19 || i[3] == 29; });
  REQUIRE(end.size() == 1);
  CHECK(end[0].kind == Kind::End);
  CHECK(end[0].width == 1);
  const auto last = patterns({2, 20, 30, 8}, [](const Shape& i) { return i[1] == 0 || i[2] == 0; });
  REQUIRE(last.size() == 1);
  CHECK(last[0].kind == Kind::Beginning);
  CHECK(last[0].axes == std::vector<int>{1, 2});
}

TEST_CASE("locate: nothing where errors are everywhere, or one") {
  CHECK(patterns(kShape, [](const Shape&) { return true; }).empty());
  CHECK(patterns(kShape, [](const Shape& i) {
          return (i[1] * 7 + i[2] * 5 + i[3]) % 11 == 0;
        }).empty());
  CHECK(patterns(kShape, [](const Shape& i) { return i == Shape{1, 2, 3, 4}; }).empty());
  CHECK(patterns({}, [](const Shape&) { return true; }).empty());
}

}  // namespace
}  // namespace tconv::diff
