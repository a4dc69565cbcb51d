// --math fast: Winograd's algorithm rounds differently, so it is judged by its bounds, on data
// where F(2, 3) is exact to the bit, and by what must not change its bits.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "plan/naive.hpp"
#include "plan/winograd.hpp"
#include "support/sanitized.hpp"

namespace tconv::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  std::int64_t operator()(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  std::mt19937& source() { return random_; }

  // What the algorithm takes: one to three axes, the last one or two of them transformed, any
  // kernel along the others, in both directions.
  Problem problem() {
    while (true) {
      Problem p{.direction = (*this)(0, 2) > 0 ? Direction::Forward : Direction::Transposed,
                .dtype = (*this)(0, 3) > 0 ? DType::Float32 : DType::Float64,
                .rank = static_cast<int>((*this)(1, 3)),
                .batch = (*this)(1, 3),
                .groups = std::max<std::int64_t>(1, (*this)(-1, 3))};
      const bool forward = p.direction == Direction::Forward;
      p.in_channels = p.groups * ((*this)(0, 9) == 0 ? 270 : (*this)(1, 40));
      p.out_channels = p.groups * ((*this)(0, 9) == 0 ? 140 : (*this)(1, 40));
      p.flip_kernel = (*this)(0, 3) == 0;
      p.has_bias = (*this)(0, 1) == 0;
      if ((*this)(0, 2) == 0) p.activation = Activation::Relu;
      const bool plane = p.rank > 1 && (*this)(0, 3) > 0;
      std::int64_t work = p.batch * p.in_channels * p.out_channels / p.groups;
      for (int r = 1; r <= p.rank; ++r) {
        Axis& axis = p.axes[static_cast<std::size_t>(kMaxAxes - r)];
        axis = {.input = (*this)(1, p.rank == 3 ? 9 : p.rank == 2 ? 19 : 90), .kernel = 3};
        axis.begin = (*this)(-1, forward ? 4 : 2);
        axis.end = (*this)(-1, forward ? 4 : 2);
        if (r > (plane ? 2 : 1)) {
          axis.kernel = (*this)(1, 4);
          if (forward) axis.stride = (*this)(1, 2);
          axis.dilation = (*this)(1, 2);
        }
        work *= axis.input * axis.kernel;
      }
      if (output_extents(p) && volume(y_extents(p)) > 0 && work < 30'000'000) return p;
    }
  }

 private:
  std::mt19937 random_;
};

Way random_way(Draw& draw, std::string_view algorithm) {
  const auto pick = [&] {
    return kLayouts[static_cast<std::size_t>(
        draw(0, static_cast<std::int64_t>(kLayouts.size()) - 1))];
  };
  Way way{.options = fast(algorithm, static_cast<int>(draw(1, 5)))};
  const std::int64_t kind = draw(0, 3);
  if (kind == 1) way.x = way.y = way.w = Layout::ChannelsLast;
  if (kind > 1) way.x = pick(), way.y = pick(), way.w = pick();
  way.flush = draw(0, 1) == 0 ? Flush::Left : Flush::Right;
  way.odd_addresses = draw(0, 2) == 0;
  way.pack_apart = draw(0, 2) == 0;
  return way;
}

// Integers in both tensors make every number of F(2, 3) a multiple of 1/4.
TEST_CASE("winograd: T1 tiles of 2 are exact on integers, in every layout and instruction set") {
  Draw draw(41);
  for (int round = 0; round < (tests::kSanitized ? 15 : 120); ++round) {
    const Sample sample = fill(draw.problem(), Fill::Integers, draw.source());
    const Values expected = naive(sample);
    for (const TestTarget& target : targets()) {
      const WithTarget chosen(target.target);
      const Way way = random_way(draw, kTwo);
      CHECK_MESSAGE(run(sample, way) == expected, std::string(target.name), " ", describe(way),
                    ": ", describe(sample.problem));
    }
  }
}

TEST_CASE("winograd: the bits depend on no layout, thread, batch or wider vector") {
  Draw draw(42);
  for (int round = 0; round < (tests::kSanitized ? 10 : 80); ++round) {
    const Sample sample = fill(draw.problem(), Fill::Reals, draw.source());
    const Problem& p = sample.problem;
    for (const std::string_view algorithm : {kTwo, kFour}) {
      const Values expected = run(sample, {.options = fast(algorithm)});
      REQUIRE(!expected.empty());
      const Values close = run(sample, {.options = {.algorithm = "reference"}});
      const Values magnitude =
          run(absolute(in_float64(sample)), {.options = {.algorithm = "channel-lanes"}});
      double worst = 0;
      for (std::size_t i = 0; i < close.size(); ++i) {
        worst = std::max(worst, std::abs(expected[i] - close[i]));
      }
      // Nothing but a wrong term is as large; the bounds have tests of their own.
      const double largest = *std::max_element(magnitude.begin(), magnitude.end());
      CHECK_MESSAGE(worst <= 1000 * unit(p.dtype) * largest, describe(p));
      for (const TestTarget& target : targets()) {
        if (!target.fused) continue;
        const WithTarget chosen(target.target);
        const Way way = random_way(draw, algorithm);
        CHECK_MESSAGE(same_bits(run(sample, way), expected), std::string(target.name), " ",
                      describe(way), ": ", describe(p));
      }
      const auto image = static_cast<std::int64_t>(sample.x.size()) / p.batch;
      const auto result = static_cast<std::int64_t>(expected.size()) / p.batch;
      for (std::int64_t n = 0; n < p.batch; ++n) {
        Sample one = sample;
        one.problem.batch = 1;
        one.x.assign(sample.x.begin() + n * image, sample.x.begin() + (n + 1) * image);
        const Values y = run(one, {.options = fast(algorithm)});
        CHECK_MESSAGE(std::equal(y.begin(), y.end(), expected.begin() + n * result), describe(p));
      }
    }
  }
}

// Beside the numbers that must be equal, T4 of memory_test.cpp: nothing spreads.
TEST_CASE("winograd: T4 NaN and infinity reach the outputs that meet them, and no others") {
  Draw draw(45);
  std::int64_t finite = 0, others = 0;
  const int rounds = tests::kSanitized ? 20 : 60;
  for (int round = 0; round < rounds; ++round) {
    const Problem p = draw.problem();
    Sample sample = fill(p, Fill::Integers, draw.source());
    const auto spoil = [&](Values& values, std::int64_t count) {
      for (; count > 0; --count) {
        values[static_cast<std::size_t>(draw(0, static_cast<std::int64_t>(values.size()) - 1))] =
            count % 2 == 0 ? kNan : -kInfinity;
      }
    };
    spoil(sample.x, draw(1, 2));
    if (round % 2 == 0) spoil(sample.w, draw(1, 2));
    if (round % 8 == 0) spoil(sample.bias, 1);
    const Values expected = with_plain_nan(run(sample, {.options = {.algorithm = "reference"}}));
    for (const double value : expected) (std::isfinite(value) ? finite : others) += 1;
    const Way way = random_way(draw, kTwo);
    CHECK_MESSAGE(same_bits(with_plain_nan(run(sample, way)), expected), describe(way),
                  describe(p));
    const Values four = run(sample, {.options = fast(kFour)});
    REQUIRE(four.size() == expected.size());
    for (std::size_t i = 0; i < four.size(); ++i) {
      const double difference = std::abs(four[i] - expected[i]);
      const bool equal = std::isnan(expected[i])   ? std::isnan(four[i])
                         : std::isinf(expected[i]) ? four[i] == expected[i]
                                                   : difference < 0.1;
      if (!equal) FAIL_CHECK(describe(p) << ": " << four[i] << " for " << expected[i]);
    }
  }
  CHECK(finite > rounds * 500 / 3);
  CHECK(others > rounds * 500 / 3);
}

TEST_CASE("winograd: an overflow among the points gives the exact algorithm's number") {
  std::mt19937 random(46);
  Sample sample = fill(plane(3, 20, 9, 11), Fill::Integers, random);
  for (double& value : sample.x) value = value == 0 ? 0x1p127 : std::copysign(0x1p127, value);
  for (double& value : sample.w) value = std::ldexp(value, -20);
  sample.problem.has_bias = false;
  const Values expected = run(sample, {.options = {.algorithm = "reference"}});
  for (const std::string_view algorithm : {kTwo, kFour}) {
    const Values y = run(sample, {.options = fast(algorithm)});
    REQUIRE(y.size() == expected.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      CHECK(std::isfinite(y[i]));
      CHECK(std::abs(y[i] - expected[i]) <= 0x1p110);
    }
  }
}

TEST_CASE("winograd: weights that only meet padding may be anything") {
  std::mt19937 random(47);
  Sample sample = fill(plane(3, 20, 1, 6), Fill::Integers, random);
  for (std::size_t i = 0; i < sample.w.size(); ++i) {
    if (i % 9 / 3 != 1) sample.w[i] = 0;
  }
  const Values expected = run(sample, {.options = {.algorithm = "reference"}});
  for (std::size_t i = 0; i < sample.w.size(); ++i) {
    if (i % 9 / 3 != 1) sample.w[i] = i % 2 == 0 ? kInfinity : kNan;
  }
  CHECK(run(sample, {.options = fast(kTwo)}) == expected);
  CHECK(run(sample, {.options = fast(kFour)}) == expected);
}

TEST_CASE("winograd: activations that are not fused come after the sum") {
  Draw draw(48);
  for (const Activation activation : {Activation::Tanh, Activation::HardSilu}) {
    Problem p = plane(17, 33, 9, 10);
    p.activation = activation;
    const Sample sample = fill(p, Fill::Integers, draw.source());
    const Values expected = run(sample, {.options = {.algorithm = "reference"}});
    CHECK(run(sample, {.options = fast(kTwo)}) == expected);
    CHECK(run(sample, random_way(draw, kTwo)) == expected);
  }
}

std::string chosen(const Problem& problem, Math math) {
  const auto plan = Plan::make(problem, {.math = math, .threads = 1});
  REQUIRE(plan);
  return std::string(plan->algorithm());
}

std::string why_not(const Problem& problem, std::string_view algorithm) {
  const auto plan = Plan::make(problem, {.math = Math::Fast, .threads = 1});
  REQUIRE(plan);
  for (const Candidate& candidate : plan->candidates()) {
    if (candidate.name == algorithm && !candidate.accepted) return candidate.reason;
  }
  return "";
}

TEST_CASE("winograd: chosen under fast math where it saves time, never under exact") {
  Problem p = plane(64, 64, 56, 56);
  CHECK(chosen(p, Math::Fast) == kFour);
  CHECK_FALSE(chosen(p, Math::Exact).starts_with("winograd"));
  CHECK_FALSE(Plan::make(p, {.algorithm = std::string(kFour)}));
  p = plane(512, 512, 14, 14);
  CHECK(chosen(p, Math::Fast) == kFour);
  p.groups = 4;
  CHECK(chosen(p, Math::Fast) == kFour);
  p.direction = Direction::Transposed;
  CHECK(chosen(p, Math::Fast) == kFour);
  p.dtype = DType::Float64;
  CHECK(chosen(p, Math::Fast) == kFour);
  p = plane(512, 512, 6, 6);
  CHECK(chosen(p, Math::Fast) == kTwo);
  CHECK(why_not(p, kFour) == "tiles of 2 fit the outputs better");

  p = plane(3, 64, 56, 56);
  CHECK(why_not(p, kFour) == "so few channels or outputs would not repay the transforms");
  CHECK(why_not(p, kTwo) == "so few channels or outputs would not repay the transforms");
  CHECK(why_not(plane(512, 512, 2, 2), kTwo) != "");
  p = plane(64, 64, 56, 56);
  p.axes[kMaxAxes - 1].stride = p.axes[kMaxAxes - 2].stride = 2;
  CHECK(why_not(p, kFour) == "not three taps, stride 1 and dilation 1 along the last axis");
  p = plane(64, 64, 56, 56);
  p.dtype = DType::Float16;
  CHECK(why_not(p, kFour) == "elements are half-precision");
  p.dtype = DType::Float32;
  p.pad_mode = PadMode::Reflect;
  CHECK(why_not(p, kFour) == "what lies outside the input is not zeros");
}

}  // namespace
}  // namespace tconv::test
