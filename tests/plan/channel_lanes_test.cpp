// What channel-lanes does only for some sizes: input channels that are summed in parts, channels of
// y that crowd into one set of a cache, tiles that end with their rows.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "kernels/region.hpp"
#include "plan/sample.hpp"
#include "support/sanitized.hpp"

namespace tconv::test {
namespace {

Problem layer(std::int64_t in, std::int64_t out, std::initializer_list<Axis> axes) {
  Problem p{.rank = static_cast<int>(axes.size()), .in_channels = in, .out_channels = out};
  std::copy(axes.begin(), axes.end(), p.axes.end() - static_cast<std::ptrdiff_t>(axes.size()));
  return p;
}

Axis axis_of(std::int64_t input, std::int64_t kernel, std::int64_t padding,
             std::int64_t dilation = 1) {
  return {.input = input, .kernel = kernel, .dilation = dilation, .begin = padding, .end = padding};
}

bool in_parts(Problem p) {
  p.x.axes.back() = p.y.axes.back() = 1;
  p.x.channel = p.y.channel = 1 << 10;
  const auto plan = Plan::make(p, {.algorithm = "channel-lanes", .threads = 1});
  return plan && plan->workspace_bytes() > 0;
}

TEST_CASE("channel lanes: T1 sums that go on have the reference's bits") {
  std::mt19937 random(41);
  Problem dilated = layer(2200, 33, {axis_of(9, 3, 4, 4), axis_of(13, 3, 4, 4)});
  dilated.has_bias = true;
  dilated.activation = Activation::Relu;
  Problem wide = layer(700, 35, {axis_of(3, 5, 2), axis_of(31, 5, 2)});
  wide.dtype = DType::Float64;
  wide.batch = 2;
  wide.activation = Activation::Tanh;
  wide.has_bias = true;
  Problem back = layer(1300, 16, {axis_of(5, 4, 1), axis_of(23, 4, 1)});
  back.direction = Direction::Transposed;
  Problem halves = layer(2050, 32, {axis_of(4, 3, 1), axis_of(11, 3, 1)});
  halves.dtype = DType::Float16;
  for (const Problem& p : {dilated, wide, back, halves}) {
    const bool half = p.dtype == DType::Float16;
    if (has_masked_loads() && !half) CHECK(in_parts(p));
    Sample sample = fill(p, Fill::Reals, random);
    sample.w[sample.w.size() / 2] = std::numeric_limits<double>::infinity();
    if (half || !tests::kSanitized) {
      const int runs = check_against_reference(sample, {"gathered"});
      CHECK((!has_masked_loads() || runs >= 2));
    }
    const int runs = check_against_reference(sample, {"channel-lanes"});
    if (half) CHECK(runs == 0);  // gathered widens it first
    CHECK((half || !has_masked_loads() || runs >= 2));
  }
  Sample last = fill(dilated, Fill::Reals, random);
  CHECK((!has_masked_loads() ||
         check_against_reference(last, {"channel-lanes", Layout::ChannelsLast}) >= 2));
}

TEST_CASE("channel lanes: fewer channels need no workspace") {
  CHECK_FALSE(in_parts(layer(64, 64, {axis_of(14, 3, 1), axis_of(14, 3, 1)})));
}

TEST_CASE("channel lanes: T1 planes of y a multiple of 4 KiB apart, by rows of any length") {
  std::mt19937 random(42);
  for (const DType dtype : {DType::Float32, DType::Float64}) {
    const std::int64_t plane = 4096 / size_bytes(dtype);
    for (std::int64_t width = 1; width <= plane; width *= 2) {
      for (const std::int64_t kernel : {1, 3}) {
        Problem p =
            layer(5, 35,
                  {axis_of(plane / width, kernel, kernel / 2), axis_of(width, kernel, kernel / 2)});
        p.dtype = dtype;
        p.batch = 2;
        p.activation = width % 3 == 1 ? Activation::Relu : Activation::Linear;
        const int runs = check_against_reference(fill(p, Fill::Reals, random), {"channel-lanes"});
        CHECK((!has_masked_loads() || runs >= 2));
      }
    }
  }
  Problem uneven = layer(3, 32, {axis_of(64, 4, 1), axis_of(131, 6, 1)});  // 64 by 128
  uneven.axes[kMaxAxes - 2].end = 2;
  CHECK((!has_masked_loads() ||
         check_against_reference(fill(uneven, Fill::Reals, random), {"channel-lanes"}) >= 2));
}

TEST_CASE("channel lanes: those of a row fill it, or go on in the next") {
  constexpr std::int64_t kTile = 14;
  for (const std::int64_t width : {1, 5, 7, 10, 11, 14, 15, 21, 22, 28, 33, 56, 100, 300}) {
    Problem p = layer(8, 16, {axis_of(9, 3, 1), axis_of(width, 3, 1)});
    const kernels::Geometry geometry(p, 9 * 60, kTile, true);
    kernels::TileWalk::Steps steps{.x = {0, width, 1}, .y = {0, width, 1}, .w = 1};
    const std::int64_t in_row = (width + kTile - 1) / kTile;
    const bool ends_rows = width <= 60 && 3 * kTile * in_row <= 4 * width;
    std::int64_t outputs = 0;
    for (std::int64_t r = 0; r < geometry.regions(); ++r) {
      const kernels::Region region = geometry.region(r);
      CHECK(region.count <= geometry.most_outputs());
      kernels::TileWalk walk(geometry, region, steps);
      int pixels = 0;
      for (std::int64_t left = region.count; left > 0; left -= pixels) {
        pixels = region.next_tile(left, kTile);
        REQUIRE(pixels >= 1);
        REQUIRE(pixels <= kTile);
        walk.next(pixels);
        CHECK(walk.y()[0] == outputs);
        if (ends_rows) CHECK(outputs / width == (outputs + pixels - 1) / width);
        outputs += pixels;
      }
    }
    CHECK(outputs == 9 * width);
  }
}

TEST_CASE("channel lanes: pixels of two rows are evenly apart only without a gap") {
  Problem p = layer(8, 16, {axis_of(6, 1, 0), axis_of(7, 1, 0)});
  for (const std::int64_t gap : {0, 3}) {
    const kernels::Geometry geometry(p, 100, 14, true);
    kernels::TileWalk walk(geometry, geometry.region(0), {.x = {0, 7 + gap, 1}, .y = {0, 7, 1}});
    walk.next(14);
    CHECK(walk.evenly() == (gap == 0));
    CHECK(walk.step() == 1);
    walk.next(7);
    CHECK(walk.evenly());
  }
}

}  // namespace
}  // namespace tconv::test
