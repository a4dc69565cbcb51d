// T1: on small integers every sum is exact, so that every algorithm with every instruction set,
// any number of threads and any layout must give one and the same y. On reals that still holds
// where the instruction set has a fused multiply-add.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "plan/naive.hpp"
#include "plan/sample.hpp"
#include "support/sanitized.hpp"

namespace tconv::test {
namespace {

// The reference has no instruction set, some algorithms need one with masked loads, and those of
// fast math have tests of their own.
bool needs_masked_loads(std::string_view algorithm) {
  return algorithm == "pixel-lanes" || algorithm == "depthwise" || algorithm == "panels";
}

bool is_idle(const TestTarget& target, std::string_view algorithm) {
  if (algorithm.starts_with("winograd")) return true;
  if (algorithm == "reference") return target.target != kernels::best_target();
  return needs_masked_loads(algorithm) && !target.fused;
}

bool equal(const Values& a, const Values& b) { return a == b; }  // -0 equals 0

// Runs a sample in every way there is; layouts and ends of memory take turns.
class Everything {
 public:
  void compare(const Sample& sample, const Values& expected, bool fused_only = false) {
    for (const TestTarget& target : targets()) {
      if (fused_only && !target.fused) continue;
      const WithTarget chosen(target.target);
      for (const std::string_view algorithm : algorithm_names()) {
        if (is_idle(target, algorithm)) continue;
        for (const int threads : {1, turn_ % 3 == 0 ? 5 : 2}) {
          const Way way = next_way(algorithm, threads);
          const Values y = run(sample, way);
          if (y.empty() && !expected.empty()) continue;  // it does not take this problem
          ++runs_[std::string(target.name) + " " + std::string(algorithm)];
          if (equal(y, expected)) continue;
          FAIL_CHECK(std::string(target.name)
                     << " " << describe(way) << ": " << describe(sample.problem));
        }
      }
    }
  }

  // Each algorithm was offered something it takes, with each instruction set it is made for.
  // Strides of many phases are few among others, so phase-channels is asked for by itself;
  // depthwise and panels have tests of their own.
  void check_reach(int least, std::string_view alone = {}) const {
    for (const TestTarget& target : targets()) {
      for (const std::string_view algorithm : algorithm_names()) {
        if (is_idle(target, algorithm)) continue;
        const bool is_rare =
            algorithm == "phase-channels" || algorithm == "depthwise" || algorithm == "panels";
        if (alone.empty() ? is_rare : algorithm != alone) continue;
        const auto found = runs_.find(std::string(target.name) + " " + std::string(algorithm));
        INFO(std::string(target.name) << " " << std::string(algorithm));
        CHECK((found != runs_.end() && found->second >= least));
      }
    }
  }

 private:
  Way next_way(std::string_view algorithm, int threads) {
    const auto pick = [&] {
      return kLayouts[std::uniform_int_distribution<std::size_t>(0, kLayouts.size() - 1)(random_)];
    };
    ++turn_;
    // Channels first, channels last on both sides, and everything with everything.
    Way way{.options = {.algorithm = std::string(algorithm), .threads = threads}};
    if (turn_ % 4 == 1) way.x = way.y = way.w = Layout::ChannelsLast;
    if (turn_ % 4 >= 2) way.x = pick(), way.y = pick(), way.w = pick();
    if (needs_masked_loads(algorithm) && turn_ % 4 > 0) way.x = Layout::ChannelsFirst;
    way.flush = turn_ % 2 == 0 ? Flush::Left : Flush::Right;
    way.odd_addresses = turn_ % 3 == 0;
    way.pack_apart = turn_ % 5 == 0;
    return way;
  }

  std::mt19937 random_{7};
  int turn_ = 0;
  std::map<std::string, int> runs_;
};

Problem row(Direction direction, std::int64_t channels, std::int64_t out, const Axis& axis) {
  Problem p{.direction = direction, .rank = 1, .in_channels = channels, .out_channels = out};
  p.axes.back() = axis;
  return p;
}

void compare_integers(Everything& everything, const Problem& problem, std::mt19937& random) {
  const Sample sample = fill(problem, Fill::Integers, random);
  everything.compare(sample, naive(sample));
}

TEST_CASE("plan: T1 every number of output channels, whole tiles and tails") {
  std::mt19937 random(1);
  Everything everything;
  for (std::int64_t out = 1; out <= 40; ++out) {
    const Direction direction = out % 2 == 0 ? Direction::Forward : Direction::Transposed;
    Problem p = row(direction, 3, out, {.input = 9 + out, .kernel = 3, .begin = 1, .end = 1});
    p.has_bias = out % 3 == 0;
    p.dtype = out % 4 == 3 ? DType::Float64 : DType::Float32;
    compare_integers(everything, p, random);
  }
  everything.check_reach(40);
}

TEST_CASE("plan: T1 every number of pixels, whole tiles and tails") {
  std::mt19937 random(2);
  Everything everything;
  for (std::int64_t pixels = 1; pixels <= 70; ++pixels) {
    const std::int64_t out = pixels % 3 == 0 ? 1 : pixels % 3 == 1 ? 5 : 33;
    compare_integers(everything,
                     row(Direction::Forward, 2, out, {.input = pixels + 1, .kernel = 2}), random);
  }
  // Tiles that take the end of one row and the beginning of the next, with every channel there is.
  for (std::int64_t width = 1; width <= 17; ++width) {
    Problem p{.in_channels = 1, .out_channels = width % 2 == 0 ? 32 : 16};
    p.axes[kMaxAxes - 2] = {.input = 5, .kernel = 2};
    p.axes[kMaxAxes - 1] = {.input = width, .kernel = 1};
    p.dtype = p.out_channels == 16 ? DType::Float64 : DType::Float32;
    compare_integers(everything, p, random);
  }
  everything.check_reach(40);
}

TEST_CASE("plan: T1 kernels 1 to 7, strides 1 to 4, dilations, in both directions") {
  std::mt19937 random(3);
  Everything everything;
  for (std::int64_t kernel = 1; kernel <= 7; ++kernel) {
    for (std::int64_t stride = 1; stride <= 4; ++stride) {
      for (const std::int64_t dilation : {1, 2, 3}) {
        for (const auto direction : {Direction::Forward, Direction::Transposed}) {
          const std::int64_t input = direction == Direction::Forward ? 45 : 19;
          Problem p = row(direction, 2, kernel % 2 == 0 ? 3 : 20,
                          {.input = input,
                           .kernel = kernel,
                           .stride = stride,
                           .dilation = dilation,
                           .begin = kernel / 2,
                           .end = kernel / 2});
          p.flip_kernel = stride == 2;
          if (!output_extents(p)) continue;
          compare_integers(everything, p, random);
        }
      }
    }
  }
  everything.check_reach(40);
}

std::int64_t between(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

// Groups, depthwise with a multiplier, one to three axes, every padding, dtype and direction.
Problem random_problem(std::mt19937& random) {
  const auto pick = [&](std::int64_t low, std::int64_t high) { return between(random, low, high); };
  while (true) {
    constexpr DType kTypes[] = {DType::Float32, DType::Float64, DType::Float16, DType::BFloat16};
    Problem p{.direction = pick(0, 1) == 0 ? Direction::Forward : Direction::Transposed,
              .dtype = kTypes[std::max<std::int64_t>(0, pick(-2, 3))],
              .rank = static_cast<int>(pick(1, 3)),
              .batch = pick(1, 3),
              .groups = pick(0, 1) == 0 ? 1 : pick(2, 5)};
    const bool forward = p.direction == Direction::Forward;
    p.in_channels = p.groups * pick(1, pick(0, 1) == 0 ? 1 : 4);
    p.out_channels = p.groups * pick(1, pick(0, 2) == 0 ? 35 : 4);
    if (forward) p.pad_mode = static_cast<PadMode>(std::max<std::int64_t>(0, pick(-3, 5)));
    p.pad_value = 3;
    p.has_bias = pick(0, 1) == 1;
    p.flip_kernel = pick(0, 3) == 0;
    if (pick(0, 2) == 0) p.activation = Activation::Relu;
    std::int64_t outputs = p.batch * p.out_channels;
    for (std::size_t a = static_cast<std::size_t>(kMaxAxes - p.rank); a < kMaxAxes; ++a) {
      const std::int64_t most = p.rank == 1 ? 70 : p.rank == 2 ? 12 : 5;
      p.axes[a] = {.input = pick(1, a + 1 == kMaxAxes && p.rank > 1 ? 3 * most : most),
                   .kernel = pick(1, 4),
                   .stride = std::max<std::int64_t>(1, pick(-2, 4)),
                   .dilation = std::max<std::int64_t>(1, pick(-2, 3)),
                   .input_dilation = forward ? std::max<std::int64_t>(1, pick(-4, 3)) : 1,
                   .begin = pick(pick(0, 3) == 0 ? -2 : 0, 4),
                   .end = pick(pick(0, 3) == 0 ? -2 : 0, 4)};
    }
    // No framework dilates the input and then pads it with a constant.
    if (p.pad_mode == PadMode::Constant) {
      for (Axis& axis : p.axes) axis.input_dilation = 1;
    }
    const auto extents = output_extents(p);
    if (!extents) continue;
    for (const std::int64_t extent : *extents) outputs *= extent;
    if (outputs > 0 && outputs < 6000) return p;
  }
}

// Strides beyond what a tile holds, with crops of whole periods and of parts of one.
TEST_CASE("plan: T1 strides of many phases, few output channels") {
  std::mt19937 random(6);
  Everything everything;
  for (std::int64_t stride = 12; stride <= 40; stride += 4) {
    for (std::int64_t taps = 1; taps <= 3; ++taps) {
      const std::int64_t crop = taps == 2 ? stride : taps == 3 && stride == 16 ? 5 : 0;
      Problem p = row(Direction::Transposed, 3, taps,
                      {.input = 21,
                       .kernel = stride * taps,
                       .stride = stride,
                       .begin = crop,
                       .end = taps == 2 ? 0 : -stride});
      p.has_bias = stride % 8 == 0;
      if (stride == 20) p.groups = p.out_channels = p.in_channels = 3;
      p.dtype = stride % 3 == 0 ? DType::Float64 : DType::Float32;
      compare_integers(everything, p, random);
    }
  }
  everything.check_reach(10, "phase-channels");
}

TEST_CASE("plan: T1 random problems on integers") {
  std::mt19937 random(4);
  Everything everything;
  const int rounds = tests::kSanitized ? 100 : 300;
  for (int i = 0; i < rounds; ++i) compare_integers(everything, random_problem(random), random);
  everything.check_reach(rounds / 5);
}

TEST_CASE("plan: T1 random problems on reals, where multiply-adds are fused") {
  std::mt19937 random(5);
  Everything everything;
  for (int i = 0; i < (tests::kSanitized ? 60 : 200); ++i) {
    const Sample sample = fill(random_problem(random), Fill::Reals, random);
    const Values expected = run(sample, {.options = {.algorithm = "reference"}});
    everything.compare(sample, expected, true);
  }
}

TEST_CASE("plan: T1 large kernels and dilations, axes of one element, transposed phases") {
  std::mt19937 random(6);
  Everything everything;
  Problem large{.in_channels = 2, .out_channels = 3};
  large.axes[kMaxAxes - 2] = {.input = 6, .kernel = 31, .begin = 15, .end = 15};
  large.axes[kMaxAxes - 1] = {.input = 33, .kernel = 31, .begin = 15, .end = 15};
  compare_integers(everything, large, random);
  Problem depthwise = large;
  depthwise.groups = depthwise.out_channels = depthwise.in_channels;
  compare_integers(everything, depthwise, random);

  const auto forward = Direction::Forward, transposed = Direction::Transposed;
  for (const Problem& p : {
           row(forward, 2, 4, {.input = 90, .kernel = 3, .dilation = 40, .begin = 7, .end = 3}),
           row(forward, 2, 4, {.input = 5, .kernel = 2, .dilation = 200, .begin = 199, .end = 4}),
           row(transposed, 2, 4, {.input = 5, .kernel = 3, .dilation = 50}),
           row(transposed, 2, 4, {.input = 6, .kernel = 2, .stride = 5}),   // some phases empty
           row(transposed, 2, 4, {.input = 6, .kernel = 3, .stride = 16}),  // more than slots
           row(transposed, 2, 4, {.input = 7, .kernel = 16, .stride = 8, .begin = 4, .end = 4}),
           row(transposed, 2, 4, {.input = 4, .kernel = 3, .stride = 2, .end = -1}),
           row(transposed, 2, 4, {.input = 1, .kernel = 1}),
           row(forward, 1, 1, {.input = 1, .kernel = 1}),
           row(forward, 40, 1, {.input = 1, .kernel = 1, .begin = 1, .end = 1}),
       }) {
    compare_integers(everything, p, random);
  }
  Problem square{.direction = transposed, .in_channels = 3, .out_channels = 6};
  for (const std::int64_t stride : {2, 3, 4}) {
    for (const std::int64_t kernel : {1, 2, 4, 5}) {
      square.axes[kMaxAxes - 2] = {.input = 4, .kernel = kernel, .stride = stride};
      square.axes[kMaxAxes - 1] = {.input = 21, .kernel = kernel, .stride = stride};
      compare_integers(everything, square, random);
    }
  }
}

TEST_CASE("plan: T1 empty tensors: nothing is written, and x without elements gives the bias") {
  std::mt19937 random(8);
  Everything everything;
  Problem no_output = row(Direction::Forward, 2, 3, {.input = 2, .kernel = 3});
  Problem no_batch = row(Direction::Forward, 2, 3, {.input = 5, .kernel = 3});
  no_batch.batch = 0;
  Problem padding_only = row(Direction::Forward, 2, 3, {.input = 0, .kernel = 2, .begin = 4});
  padding_only.has_bias = true;
  for (const Problem& p : {no_output, no_batch, padding_only}) {
    if (!output_extents(p)) continue;
    compare_integers(everything, p, random);
  }
}

}  // namespace
}  // namespace tconv::test
