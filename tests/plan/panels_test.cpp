// Layers of one tap an output, in panels: every shape of a tile, a panel and a stretch.
#include <doctest/doctest.h>

#include <algorithm>

#include "plan/sample.hpp"
#include "support/sanitized.hpp"

namespace tconv::test {
namespace {

Problem upsampling(std::int64_t in, std::int64_t out, std::initializer_list<Axis> axes) {
  Problem p{.direction = Direction::Transposed,
            .rank = static_cast<int>(axes.size()),
            .in_channels = in,
            .out_channels = out};
  std::copy(axes.begin(), axes.end(), p.axes.end() - static_cast<std::ptrdiff_t>(axes.size()));
  return p;
}

Axis times(std::int64_t stride, std::int64_t input) {
  return {.input = input, .kernel = stride, .stride = stride};
}

TEST_CASE("panels: T1 every number of channels of a tile, and of pixels of a panel") {
  std::mt19937 random(21);
  int runs = 0, samples = 0;
  for (std::int64_t width = 1; width <= 70; width += tests::kSanitized ? 3 : 1) {
    for (const std::int64_t stride : {1, 2, 3, 4}) {
      Problem p = upsampling(3, 1 + (width + stride) % 13, {times(stride, width)});
      p.batch = 1 + width % 3;
      p.has_bias = width % 4 < 2;
      p.flip_kernel = width % 5 == 0;
      p.activation = width % 3 == 0   ? Activation::Relu
                     : width % 7 == 0 ? Activation::Tanh
                                      : Activation::Linear;
      p.dtype = width % 2 == 0 ? DType::Float64 : DType::Float32;
      runs += check_against_reference(fill(p, Fill::Reals, random), {"panels"});
      ++samples;
    }
  }
  CHECK((!has_masked_loads() || runs >= 2 * samples));
}

TEST_CASE("panels: T1 random layers of one to three axes, groups, layouts of x and w") {
  std::mt19937 random(22);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  int taken = 0;
  const int rounds = tests::kSanitized ? 60 : 300;
  for (int i = 0; i < rounds; ++i) {
    Problem p = upsampling(1, 1, {});
    p.rank = static_cast<int>(pick(1, 3));
    p.direction = pick(0, 2) == 0 ? Direction::Forward : Direction::Transposed;
    for (std::size_t a = static_cast<std::size_t>(kMaxAxes - p.rank); a < kMaxAxes; ++a) {
      p.axes[a] = times(pick(1, 4), pick(1, p.rank == 1 ? 200 : p.rank == 2 ? 15 : 6));
      if (p.direction == Direction::Forward) p.axes[a].kernel = 1;
    }
    p.batch = pick(1, 3);
    p.groups = pick(0, 1) == 0 ? 1 : pick(2, 4);
    p.in_channels = p.groups * pick(1, 5);
    p.out_channels = p.groups * pick(1, 9);
    p.has_bias = pick(0, 1) == 1;
    p.flip_kernel = pick(0, 3) == 0;
    p.dtype = pick(0, 1) == 0 ? DType::Float64 : DType::Float32;
    const auto any = [&] {
      return kLayouts[static_cast<std::size_t>(
          pick(0, static_cast<std::int64_t>(kLayouts.size()) - 1))];
    };
    const Layout x = pick(0, 1) == 0 ? Layout::ChannelsFirst : any();
    const Layout w = pick(0, 1) == 0 || any() == Layout::GroupsApart ? Layout::ChannelsFirst
                                                                     : Layout::ChannelsLast;
    taken += check_against_reference(fill(p, Fill::Integers, random), {"panels", x, w}) > 0;
  }
  CHECK((!has_masked_loads() || taken == rounds));
}

// Several stretches, blocks of tiles that copy a stretch each, and pixels fetched for the next.
TEST_CASE("panels: T1 more pixels than a stretch has, on several threads") {
  std::mt19937 random(23);
  Problem wide = upsampling(96, 40, {times(2, 43), times(2, 41)});
  Problem deep = upsampling(500, 30, {times(2, 5), times(1, 7), times(2, 9)});
  Problem many = upsampling(32, 150, {times(1, 30), times(3, 11)});
  many.batch = 3;
  wide.has_bias = deep.flip_kernel = true;
  deep.dtype = DType::Float64;
  many.groups = 2;
  for (const Problem& p : {wide, deep, many}) {
    const int runs = check_against_reference(fill(p, Fill::Integers, random), {"panels"});
    CHECK((!has_masked_loads() || runs > 0));
  }
}

TEST_CASE("panels: refuses padding, several taps, and outputs that do not lie side by side") {
  const Problem taken = upsampling(2, 3, {times(2, 5), times(2, 6)});
  std::vector<Problem> refused(5, taken);
  Axis* const rows[] = {&refused[0].axes.back(), &refused[1].axes.back(), &refused[2].axes.back(),
                        &refused[3].axes.back()};
  rows[0]->begin = 1;
  rows[1]->kernel = 3;
  rows[2]->kernel = 1;  // leaves every other output without a tap
  rows[3]->dilation = 3;
  refused[4].direction = Direction::Forward;
  std::mt19937 random(24);
  for (const Problem& p : refused) {
    CHECK(check_against_reference(fill(p, Fill::Integers, random), {"panels"}) == 0);
  }
  const Sample sample = fill(taken, Fill::Integers, random);
  CHECK(run(sample, {.options = {.algorithm = "panels"}, .y = Layout::ChannelsLast}).empty());
  CHECK((!has_masked_loads() || !run(sample, {.options = {.algorithm = "panels"}}).empty()));
}

}  // namespace
}  // namespace tconv::test
