// Extent arithmetic: known sizes, the inverse relation of the two directions, refusals, overflow.
#include <doctest/doctest.h>

#include <limits>

#include "tconv/problem.hpp"

namespace tconv {
namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

Problem one_axis(Direction direction, const Axis& axis) {
  Problem problem{.direction = direction, .rank = 1};
  problem.axes.back() = axis;
  return problem;
}

TEST_CASE("output_extents: sizes of well-known layers, per axis") {
  struct Row {
    const char* name;
    Direction direction;
    Axis axis;
    std::int64_t output;
  };
  const Row rows[] = {
      {"ResNet-50 stem",
       Direction::Forward,
       {.input = 224, .kernel = 7, .stride = 2, .begin = 3, .end = 3},
       112},
      {"VGG 3x3", Direction::Forward, {.input = 224, .kernel = 3, .begin = 1, .end = 1}, 224},
      {"WaveNet, dilation 512",
       Direction::Forward,
       {.input = 16000, .kernel = 2, .dilation = 512},
       15488},
      {"DCGAN k4 s2 p1",
       Direction::Transposed,
       {.input = 4, .kernel = 4, .stride = 2, .begin = 1, .end = 1},
       8},
      {"CycleGAN k3 s2 p1 op1",
       Direction::Transposed,
       {.input = 64, .kernel = 3, .stride = 2, .begin = 1, .end = 0},
       128},
      {"k2 s3 with two zeros appended",
       Direction::Transposed,
       {.input = 3, .kernel = 2, .stride = 3, .end = -2},
       10},
      {"kernel larger than the padded input", Direction::Forward, {.input = 2, .kernel = 5}, 0},
      {"negative pads cut", Direction::Forward, {.input = 5, .kernel = 3, .begin = -1}, 2},
      {"input dilation with stride",
       Direction::Forward,
       {.input = 3, .kernel = 3, .stride = 2, .input_dilation = 2, .begin = 2, .end = 2},
       4},
      {"empty input", Direction::Forward, {.input = 0, .kernel = 1}, 0},
      {"crops beyond everything",
       Direction::Transposed,
       {.input = 1, .kernel = 2, .begin = 5, .end = 5},
       0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto extents = output_extents(one_axis(row.direction, row.axis));
    REQUIRE(extents);
    Extents expected;
    expected.fill(1);
    expected.back() = row.output;
    CHECK(*extents == expected);
  }
}

TEST_CASE("output_extents: a transposed layer undoes the size of the forward one") {
  for (std::int64_t kernel : {1, 2, 3, 5}) {
    for (std::int64_t stride : {1, 2, 3}) {
      for (std::int64_t dilation : {1, 2}) {
        for (std::int64_t pad : {0, 1}) {
          for (std::int64_t input = 12; input < 16; ++input) {
            Axis axis{.input = input,
                      .kernel = kernel,
                      .stride = stride,
                      .dilation = dilation,
                      .begin = pad,
                      .end = pad};
            const auto forward = output_extents(one_axis(Direction::Forward, axis));
            REQUIRE(forward);
            axis.input = forward->back();
            const auto back = output_extents(one_axis(Direction::Transposed, axis));
            REQUIRE(back);
            // What the stride rounded away does not come back.
            CHECK(back->back() <= input);
            CHECK(back->back() > input - stride);
          }
        }
      }
    }
  }
}

TEST_CASE("output_extents: impossible problems are refused with both values") {
  struct Row {
    const char* name;
    Problem problem;
    const char* message;
  };
  Problem groups{.groups = 3, .in_channels = 6, .out_channels = 64};
  Problem batch{.batch = -1};
  Problem stray{.rank = 1};
  stray.axes[kMaxAxes - 2].kernel = 3;
  Problem mirror = one_axis(Direction::Forward, {.input = 0, .begin = 1});
  mirror.pad_mode = PadMode::Reflect;
  const Row rows[] = {
      {"groups", groups, "groups 3 does not divide 64 output channels"},
      {"rank", Problem{.rank = kMaxAxes + 1}, "the spatial axes must be 0 to 64, got 65"},
      {"an axis beyond the rank", stray, "an axis before the last 1 is set"},
      {"batch", batch, "batch must be at least 0, got -1"},
      {"stride", one_axis(Direction::Forward, {.stride = 0}), "stride must be at least 1, got 0"},
      {"kernel", one_axis(Direction::Forward, {.kernel = 0}),
       "kernel extent must be at least 1, got 0"},
      {"nothing to mirror", mirror, "pad mode reflect has no input to take from: input extent 0"},
      {"huge dilation", one_axis(Direction::Forward, {.kernel = 3, .dilation = kHuge}),
       "the dilated kernel extent does not fit in 63 bits"},
      {"huge pads", one_axis(Direction::Forward, {.begin = kHuge, .end = kHuge}),
       "the padded input extent does not fit in 63 bits"},
      {"huge stride", one_axis(Direction::Transposed, {.input = kHuge, .stride = 4}),
       "the full output extent does not fit in 63 bits"},
      {"huge result", one_axis(Direction::Transposed, {.input = kHuge / 8, .stride = 4}),
       "the size of y does not fit in 63 bits"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto extents = output_extents(row.problem);
    REQUIRE_FALSE(extents);
    CHECK(extents.error().code == ErrorCode::ShapeMismatch);
    CHECK(extents.error().what == row.message);
  }
}

TEST_CASE("cost_of: multiply-accumulates are counted as the field counts them") {
  Problem stem{.in_channels = 3, .out_channels = 64, .has_bias = true};
  for (std::size_t a : {kMaxAxes - 2U, kMaxAxes - 1U}) {
    stem.axes[a] = {.input = 224, .kernel = 7, .stride = 2, .begin = 3, .end = 3};
  }
  const auto cost = cost_of(stem);
  REQUIRE(cost);
  CHECK(cost->macs == 118013952);  // layers.csv: 0.236028 GFLOP
  CHECK(cost->parameters == 3 * 64 * 49 + 64);
  CHECK(cost->x_bytes == 602112);
  CHECK(cost->w_bytes == 3 * 64 * 49 * 4);
  CHECK(cost->y_bytes == 64 * 112 * 112 * 4);

  Problem dcgan{
      .direction = Direction::Transposed, .batch = 16, .in_channels = 512, .out_channels = 256};
  for (std::size_t a : {kMaxAxes - 2U, kMaxAxes - 1U}) {
    dcgan.axes[a] = {.input = 4, .kernel = 4, .stride = 2, .begin = 1, .end = 1};
  }
  const auto transposed = cost_of(dcgan);
  REQUIRE(transposed);
  CHECK(transposed->macs == 536870912);  // layers.csv: 1.07374 GFLOP, crops not deducted
}

TEST_CASE("activated_length: glu halves, and refuses what it cannot halve") {
  CHECK(*activated_length(LastAxisActivation::Softmax, 5) == 5);
  CHECK(*activated_length(LastAxisActivation::Glu, 6) == 3);
  const auto odd = activated_length(LastAxisActivation::Glu, 5);
  REQUIRE_FALSE(odd);
  CHECK(odd.error().what == "glu needs an even last axis, got 5");
}

}  // namespace
}  // namespace tconv
