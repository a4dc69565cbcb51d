// T4: what a run reads and writes. Every run of sample.cpp already lies against guard pages and
// counts what it wrote; here are the values that must not be read or multiplied.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "plan/sample.hpp"

namespace tconv::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename Check>
void for_every_kernel(const Check& check) {
  for (const TestTarget& target : targets()) {
    const WithTarget chosen(target.target);
    for (const std::string_view algorithm : algorithm_names()) {
      for (const Layout layout : {Layout::ChannelsFirst, Layout::ChannelsLast}) {
        INFO(std::string(target.name) << " " << std::string(algorithm));
        check(Way{.options = {.algorithm = std::string(algorithm), .threads = 1},
                  .x = layout,
                  .y = layout,
                  .w = layout});
      }
    }
  }
}

Problem plane(Direction direction, const Axis& axis, std::int64_t in, std::int64_t out) {
  Problem p{.direction = direction, .in_channels = in, .out_channels = out};
  p.axes[kMaxAxes - 2] = p.axes[kMaxAxes - 1] = axis;
  return p;
}

TEST_CASE("plan: T4 weights that only meet padding or a crop may be anything") {
  std::mt19937 random(11);
  // Of five taps an input of two meets three; the others lie outside for every output.
  const Axis padded = {.input = 2, .kernel = 5, .begin = 2, .end = 1};
  const Axis cropped = {.input = 2, .kernel = 5, .begin = 2, .end = 2};
  struct Row {
    Direction direction;
    Axis axis;
    std::int64_t unmet;  // of the taps
  };
  const Row rows[] = {{Direction::Forward, {.input = 1, .kernel = 3, .begin = 1, .end = 1}, 0},
                      {Direction::Forward, {.input = 1, .kernel = 3, .begin = 1, .end = 1}, 2},
                      {Direction::Forward, padded, 4},
                      {Direction::Transposed, {.input = 1, .kernel = 3, .begin = 1, .end = 1}, 0},
                      {Direction::Transposed, cropped, 0}};
  for (const Row& row : rows) {
    for (const std::int64_t out : {2, 19}) {
      Sample sample = fill(plane(row.direction, row.axis, 3, out), Fill::Integers, random);
      const std::int64_t kernel = row.axis.kernel;
      for (std::size_t i = 0; i < sample.w.size(); ++i) {
        const std::int64_t at = static_cast<std::int64_t>(i) % (kernel * kernel);
        if (at / kernel == row.unmet || at % kernel == row.unmet) sample.w[i] = 0;
      }
      const Values expected = run(sample, {.options = {.algorithm = "reference"}});
      for (std::size_t i = 0; i < sample.w.size(); ++i) {
        const std::int64_t at = static_cast<std::int64_t>(i) % (kernel * kernel);
        const bool unmet = at / kernel == row.unmet || at % kernel == row.unmet;
        if (unmet) sample.w[i] = i % 2 == 0 ? kInfinity : kNan;
      }
      for_every_kernel([&](const Way& way) {
        const Values y = run(sample, way);
        if (!y.empty()) CHECK_MESSAGE(y == expected, describe(way), describe(sample.problem));
      });
    }
  }
}

// Where the reference has a finite number every kernel must have it too: it met no padding, no
// lane beyond the end and no neighbour in its tile.
TEST_CASE("plan: T4 NaN and infinity reach the outputs that meet them, and no others") {
  std::mt19937 random(12);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  std::int64_t finite = 0, others = 0;
  for (int i = 0; i < 60; ++i) {
    Problem p = plane(i % 2 == 0 ? Direction::Forward : Direction::Transposed,
                      {.input = pick(3, 20),
                       .kernel = pick(1, 4),
                       .stride = pick(1, 3),
                       .dilation = pick(1, 2),
                       .begin = pick(0, 3),
                       .end = pick(0, 3)},
                      2, pick(0, 1) == 0 ? 3 : 20);
    p.axes[kMaxAxes - 2].input = 3;
    if (i % 3 == 0) p.activation = Activation::Relu;
    const auto extents = output_extents(p);
    if (!extents || (*extents)[kMaxAxes - 1] == 0 || (*extents)[kMaxAxes - 2] == 0) continue;
    Sample sample = fill(p, Fill::Integers, random);
    const auto spoil = [&](Values& values, std::int64_t count) {
      for (; count > 0; --count) {
        values[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(values.size()) - 1))] =
            count % 2 == 0 ? kNan : -kInfinity;
      }
    };
    spoil(sample.x, 2);
    spoil(sample.w, 2);
    const Values expected = with_plain_nan(run(sample, {.options = {.algorithm = "reference"}}));
    for (const double value : expected) (std::isfinite(value) ? finite : others) += 1;
    for_every_kernel([&](const Way& way) {
      const Values y = run(sample, way);
      if (y.empty()) return;
      CHECK_MESSAGE(same_bits(with_plain_nan(y), expected), describe(way), describe(p));
    });
  }
  CHECK(finite > 1000);
  CHECK(others > 1000);
}

TEST_CASE("plan: T4 nothing of a run is left for the next in a thread's slab") {
  std::mt19937 random(13);
  Problem p = plane(Direction::Forward, {.input = 9, .kernel = 3, .begin = 1, .end = 2}, 2, 3);
  p.dtype = DType::Float16;
  for (const PadMode mode : {PadMode::Zeros, PadMode::Constant, PadMode::Reflect}) {
    p.pad_mode = mode;
    Problem larger = p;
    larger.axes[kMaxAxes - 1].input = 40;
    Sample poison = fill(larger, Fill::Integers, random);
    for (double& value : poison.x) value = kNan;
    const Sample sample = fill(p, Fill::Integers, random);
    const Values expected = run(sample, {.options = {.algorithm = "reference"}});
    for_every_kernel([&](const Way& way) {
      run(poison, way);
      const Values y = run(sample, way);
      if (!y.empty()) CHECK_MESSAGE(y == expected, describe(way));
    });
  }
}

}  // namespace
}  // namespace tconv::test
