// Strided rows of few channels, whose steps have loops of their own: every sequence of phases.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "kernels/axis_steps.hpp"
#include "kernels/input_span.hpp"
#include "kernels/pixel_geometry.hpp"
#include "kernels/pixel_rows.hpp"
#include "plan/sample.hpp"
#include "support/sanitized.hpp"

namespace tconv::test {
namespace {

struct Row {
  std::int64_t kernel, stride, padding;
};
// One for each of kPhaseSequences, in their order.
constexpr Row kRows[] = {{4, 2, 1}, {5, 2, 2}, {5, 2, 1}, {3, 2, 1},
                         {9, 3, 4}, {9, 4, 4}, {8, 4, 2}};

Axis axis_of(const Row& row, std::int64_t input, std::int64_t extra = 0) {
  return {.input = input,
          .kernel = row.kernel,
          .stride = row.stride,
          .begin = row.padding,
          .end = row.padding - extra};
}

Problem upsampling(std::int64_t in, std::int64_t out, std::initializer_list<Axis> axes) {
  Problem p{.direction = Direction::Transposed,
            .rank = static_cast<int>(axes.size()),
            .in_channels = in,
            .out_channels = out};
  std::copy(axes.begin(), axes.end(), p.axes.end() - static_cast<std::ptrdiff_t>(axes.size()));
  return p;
}

TEST_CASE("pixel rows: the layers here have the sequences in their order") {
  REQUIRE(std::size(kRows) == kernels::kPhaseSequences.size());
  for (std::size_t s = 0; s < std::size(kRows); ++s) {
    const kernels::AxisMap map(Direction::Transposed, axis_of(kRows[s], 40), 40 * kRows[s].stride);
    const auto tiles = kernels::AxisTiles::lanes(map, 16);
    std::set<int> found;
    for (const kernels::AxisSteps& steps : tiles.steps()) {
      found.insert(kernels::sequence_of(steps, map.phases()));
    }
    CHECK(found == std::set<int>{static_cast<int>(s)});
  }
}

TEST_CASE("pixel rows: T1 every sequence, gray and RGB, rows of any length") {
  std::mt19937 random(31);
  int runs = 0, samples = 0;
  for (const Row& row : kRows) {
    for (std::int64_t width = 1; width <= 70; width += tests::kSanitized ? 7 : 1) {
      const std::int64_t extra = width % row.stride;
      Problem p = upsampling(1 + width % 4, width % 2 == 0 ? 3 : 1,
                             {axis_of(row, 1 + width % 6, extra), axis_of(row, width, extra)});
      p.batch = 1 + width % 2;
      p.has_bias = width % 4 < 2;
      p.activation = width % 3 == 0   ? Activation::Relu
                     : width % 7 == 0 ? Activation::Tanh
                                      : Activation::Linear;
      p.dtype = width % 4 < 2 ? DType::Float64 : DType::Float32;
      Sample sample = fill(p, Fill::Reals, random);
      if (width % 5 == 0) sample.w[0] = std::numeric_limits<double>::infinity();
      if (output_extents(p)) runs += check_against_reference(sample, {"pixel-lanes"});
      ++samples;
    }
  }
  CHECK((!has_masked_loads() || runs >= 2 * samples));
}

TEST_CASE("pixel rows: T1 random layers of two and three axes, groups, layouts of x and w") {
  std::mt19937 random(32);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  int taken = 0;
  const int rounds = tests::kSanitized ? 40 : 200;
  for (int i = 0; i < rounds; ++i) {
    const Row& row = kRows[static_cast<std::size_t>(pick(0, std::ssize(kRows) - 1))];
    const Row& other = kRows[static_cast<std::size_t>(pick(0, std::ssize(kRows) - 1))];
    Problem p = upsampling(1, 1, {axis_of(other, pick(3, 9)), axis_of(row, pick(4, 90))});
    if (pick(0, 2) == 0) {
      p = upsampling(
          1, 1,
          {axis_of({2, 2, 0}, pick(1, 3)), axis_of(other, pick(3, 5)), axis_of(row, pick(4, 40))});
    }
    p.batch = pick(1, 3);
    p.groups = pick(0, 2) == 0 ? pick(2, 3) : 1;
    p.in_channels = p.groups * pick(1, 5);
    p.out_channels = p.groups * (pick(0, 1) == 0 ? 1 : 3);
    p.has_bias = pick(0, 1) == 1;
    p.dtype = pick(0, 1) == 0 ? DType::Float64 : DType::Float32;
    const Layout w = pick(0, 1) == 0 ? Layout::ChannelsFirst : Layout::ChannelsLast;
    taken += check_against_reference(fill(p, Fill::Integers, random),
                                     {"pixel-lanes", Layout::ChannelsFirst, w}) > 0;
  }
  CHECK((!has_masked_loads() || taken == rounds));
}

TEST_CASE("pixel rows: tiles of a plane of RGB go through them, whole or at its edges") {
  const Problem p = upsampling(8, 3, {axis_of(kRows[0], 32), axis_of(kRows[0], 64)});
  const kernels::PixelGeometry geometry(p, 16, 24, 4, 4);
  REQUIRE(geometry.shape().in_sequences);
  for (std::int64_t h = 0; h < geometry.count(1); ++h) {
    for (std::int64_t w = 0; w < geometry.count(2); ++w) {
      const auto& list =
          geometry.list(geometry.tile(0, 0), geometry.tile(1, h), geometry.tile(2, w));
      CHECK(list.sequence == 0);
    }
  }
}

TEST_CASE("pixel rows: tiles begin where they meet the fewest inputs, and miss no output") {
  for (const Row& row : kRows) {
    for (std::int64_t rows = 1; rows <= 4; ++rows) {
      for (std::int64_t outputs : {1, 2, 5, 64, 121}) {
        CAPTURE(row.kernel);
        CAPTURE(row.stride);
        CAPTURE(rows);
        CAPTURE(outputs);
        const kernels::AxisMap map(Direction::Transposed, axis_of(row, 40), outputs);
        const auto tiles = kernels::AxisTiles::rows(map, rows);
        std::int64_t next = 0, most = 0, whole = 0;
        for (std::int64_t i = 0; i < tiles.count(); ++i) {
          const kernels::AxisTile tile = tiles.tile(i);
          CHECK(tile.first == next);
          next += tile.count;
          most = std::max(most, tile.count);
          whole = std::max<std::int64_t>(whole, std::ssize(tiles.steps()[tile.steps].steps));
        }
        CHECK(next == outputs);
        CHECK(most <= rows);
        if (row.kernel == 4 && rows == 2) CHECK(whole <= 2);
        if (row.kernel == 9 && row.stride == 3 && rows == 3) CHECK(whole <= 3);
      }
    }
  }
}

TEST_CASE("pixel rows: the span of an input has each of its elements, whatever its strides") {
  std::mt19937 random(33);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int i = 0; i < 100; ++i) {
    const std::int64_t I = pick(1, 3);
    Problem p = upsampling(0, 1, {{.input = pick(1, 4)}, {.input = pick(1, 4)}});
    p.batch = pick(1, 3);
    p.groups = pick(1, 3);
    p.in_channels = p.groups * I;
    p.x = {.first = pick(-9, 9), .batch = pick(-50, 50), .group = pick(-9, 9)};
    p.x.channel = pick(-20, 20);
    std::int64_t &row = p.x.axes[kMaxAxes - 2], &pixel = p.x.axes[kMaxAxes - 1];
    row = pick(-9, 9);
    pixel = pick(-2, 2);
    std::set<std::int64_t> elements;
    for (std::int64_t n = 0; n < p.batch; ++n) {
      for (std::int64_t c = 0; c < p.in_channels; ++c) {
        for (std::int64_t h = 0; h < p.axes[kMaxAxes - 2].input; ++h) {
          for (std::int64_t w = 0; w < p.axes[kMaxAxes - 1].input; ++w) {
            elements.insert(p.x.first + n * p.x.batch + c / I * p.x.group + c * p.x.channel +
                            h * row + w * pixel);
          }
        }
      }
    }
    const kernels::InputSpan span = kernels::input_span(p);
    CHECK(span.low == *elements.begin());
    CHECK(span.high == *elements.rbegin() + 1);
  }
}

}  // namespace
}  // namespace tconv::test
