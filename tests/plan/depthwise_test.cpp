// The depthwise kernel multiplies padding, too: its bits must be those of a sum that leaves it out.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "plan/sample.hpp"
#include "support/sanitized.hpp"

namespace tconv::test {
namespace {

constexpr std::int64_t kKernels[] = {3, 5, 7};

Problem depthwise(std::int64_t channels, std::int64_t multiplier, const Axis& rows,
                  const Axis& row) {
  Problem p{.groups = channels, .in_channels = channels, .out_channels = channels * multiplier};
  p.axes[kMaxAxes - 2] = rows;
  p.axes[kMaxAxes - 1] = row;
  return p;
}

Axis axis(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t begin,
          std::int64_t end) {
  return {.input = input, .kernel = kernel, .stride = stride, .begin = begin, .end = end};
}

int compare(const Sample& sample) { return check_against_reference(sample, {"depthwise"}); }

TEST_CASE("depthwise: T1 every length of a row, kernel, stride and padding") {
  std::mt19937 random(11);
  int runs = 0, samples = 0;
  for (std::int64_t length = 1; length <= 70; length += tests::kSanitized ? 5 : 1) {
    for (const std::int64_t kernel : kKernels) {
      for (const std::int64_t stride : {1, 2}) {
        const std::int64_t begin = (length * stride) % (kernel + 1), end = length % kernel;
        Problem p = depthwise(3, length % 3 + 1, axis(9 + length % 5, kernel, stride, end, begin),
                              axis(length, kernel, stride, begin, end));
        p.batch = 1 + length % 2;
        p.has_bias = length % 4 < 2;
        p.flip_kernel = length % 5 == 0;
        p.activation = length % 3 == 0 ? Activation::Relu : Activation::Linear;
        p.dtype = length % 2 == 0 ? DType::Float64 : DType::Float32;
        if (!output_extents(p)) continue;
        const auto fills = length % 2 == 0 ? Fill::Integers : Fill::Reals;
        const Sample sample = fill(p, fills, random);
        if (sample.x.empty() || length + begin + end < kernel) continue;
        runs += compare(sample);
        ++samples;
      }
    }
  }
  CHECK((!has_masked_loads() || runs >= 2 * samples));
}

TEST_CASE("depthwise: T1 kernels of one row, as those of one axis are") {
  std::mt19937 random(15);
  int runs = 0, samples = 0;
  for (const std::int64_t length : {1, 5, 16, 33, 64, 100, 130, 257, 1000}) {
    for (const std::int64_t kernel : {1, 2, 3, 4, 9, 16, 31, 101}) {
      for (const std::int64_t stride : {1, 2}) {
        const std::int64_t begin = length % 2 == 0 ? kernel / 2 : kernel, end = length % 3;
        if (length + begin + end < kernel) continue;
        Problem p = depthwise(2, 1 + length % 2, axis(length % 4 + 1, 1, 1, 0, 0),
                              axis(length, kernel, stride, begin, end));
        p.has_bias = kernel % 2 == 0;
        p.activation = length % 3 == 0 ? Activation::Relu : Activation::Linear;
        p.dtype = length % 2 == 0 ? DType::Float64 : DType::Float32;
        runs += compare(fill(p, Fill::Reals, random));
        ++samples;
      }
    }
  }
  CHECK((!has_masked_loads() || runs >= 2 * samples));
}

// The last rows of a tile, and of vectors, at kernels whose rows end within a tile and beyond.
TEST_CASE("depthwise: T1 tall kernels, square and not") {
  std::mt19937 random(18);
  int runs = 0, samples = 0;
  for (const std::int64_t length : {1, 15, 16, 17, 31, 33, 47, 64, 70, 130}) {
    for (const auto& [rows, columns] : {std::pair(8, 8), {8, 31}, {9, 9}, {13, 8}, {31, 31}}) {
      for (const std::int64_t stride : {1, 2}) {
        const std::int64_t height = rows + (length * 7 + columns) % 19;
        const Axis row = axis(length + columns, columns, stride, length % 5, columns / 4);
        Problem p = depthwise(2, length % 2 + 1, axis(height, rows, stride, rows / 4, 2), row);
        p.has_bias = length % 3 == 0;
        p.flip_kernel = columns == 31;
        p.activation = length % 2 == 0 ? Activation::Relu : Activation::Linear;
        p.dtype = rows == 9 ? DType::Float64 : DType::Float32;
        runs += compare(fill(p, length % 2 == 0 ? Fill::Integers : Fill::Reals, random));
        ++samples;
      }
    }
  }
  CHECK((!has_masked_loads() || runs >= 2 * samples));
}

TEST_CASE("depthwise: tall kernels that mostly meet padding, or are narrow, go elsewhere") {
  for (const auto& [rows, row] : {std::pair(axis(7, 31, 1, 15, 15), axis(7, 31, 1, 15, 15)),
                                  std::pair(axis(56, 31, 1, 15, 15), axis(56, 5, 1, 2, 2))}) {
    const Problem p = depthwise(2, 1, rows, row);
    CHECK_FALSE(Plan::make(p, {.algorithm = "depthwise"}));
    CHECK(Plan::make(p));
  }
}

// What it takes it computes: kernels, strides and padding that differ between the axes, too.
TEST_CASE("depthwise: T1 random axes") {
  std::mt19937 random(16);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  int taken = 0;
  for (int i = 0; i < (tests::kSanitized ? 200 : 1000); ++i) {
    const auto any = [&](std::int64_t most) {
      constexpr std::int64_t kOften[] = {1, 1, 2, 3, 5, 7};
      return axis(pick(1, most), kOften[pick(0, 5)], pick(1, 3) % 3 + 1, pick(0, 3), pick(0, 3));
    };
    Problem p = depthwise(pick(2, 3), pick(1, 2), any(20), any(40));
    if (pick(0, 1) == 1) p.axes[kMaxAxes - 2].kernel = p.axes[kMaxAxes - 1].kernel;
    if (pick(0, 1) == 1) p.axes[kMaxAxes - 2].stride = p.axes[kMaxAxes - 1].stride;
    const auto extents = output_extents(p);
    if (!extents || std::find(extents->begin(), extents->end(), 0) != extents->end()) continue;
    taken += compare(fill(p, Fill::Integers, random)) > 0;
  }
  CHECK((!has_masked_loads() || taken >= (tests::kSanitized ? 20 : 100)));
}

TEST_CASE("depthwise: a kernel of one row that leaves rows out") {
  std::mt19937 random(17);
  Problem p = depthwise(2, 1, axis(5, 1, 2, 1, 1), axis(6, 3, 2, 1, 1));
  const Sample sample = fill(p, Fill::Integers, random);
  const Values expected = run(sample, {.options = {.algorithm = "reference"}});
  CHECK(run(sample, {}) == expected);  // by whatever takes it
}

TEST_CASE("depthwise: planes that would need very many bands, or very wide ones, go elsewhere") {
  for (const auto& [rows, row] :
       {std::pair(axis(std::int64_t{1} << 40, 3, 1, 1, 1), axis(20, 3, 1, 1, 1)),
        std::pair(axis(20, 3, 1, 1, 1), axis(20, 3, 1, 1, std::int64_t{1} << 40))}) {
    Problem p = depthwise(2, 1, rows, row);
    CHECK_FALSE(Plan::make(p, {.algorithm = "depthwise"}));
    CHECK(Plan::make(p));
  }
}

TEST_CASE("depthwise: T1 planes of several bands") {
  std::mt19937 random(12);
  for (const std::int64_t kernel : {3, 5, 7, 9, 31}) {
    for (const std::int64_t stride : {1, 2}) {
      for (const std::int64_t height : {65, 200}) {
        const Problem p = depthwise(2, 1, axis(height, kernel, stride, kernel / 2, kernel / 2),
                                    axis(130, kernel, stride, kernel / 2, kernel / 2));
        const int runs = compare(fill(p, Fill::Reals, random));
        CHECK((!has_masked_loads() || runs > 0));
      }
    }
  }
}

// What a padded tap would spoil: weights that are not finite, and sums that underflow to -0.
TEST_CASE("depthwise: T4 NaN, infinity and the sign of zero") {
  std::mt19937 random(13);
  using Limits = std::numeric_limits<double>;
  for (const DType dtype : {DType::Float32, DType::Float64}) {
    const double tiny = dtype == DType::Float32 ? 1e-30 : 1e-200;
    const double least = dtype == DType::Float32 ? 1e-44 : Limits::denorm_min();
    for (const std::int64_t kernel : {5, 9}) {
      const std::int64_t stride = kernel == 5 ? 1 : 2;
      Problem p = depthwise(4, 2, axis(20, kernel, stride, 2, 2), axis(33, kernel, stride, 2, 2));
      p.dtype = dtype;
      for (const double weight : {Limits::quiet_NaN(), Limits::infinity(), least, 0.0}) {
        Sample sample = fill(p, Fill::Reals, random);
        for (std::size_t i = 0; i < sample.w.size(); i += 7) sample.w[i] = rounded(dtype, weight);
        CHECK((!has_masked_loads() || compare(sample) > 0));
      }
      for (const double x : {Limits::quiet_NaN(), -Limits::infinity(), -least, -0.0}) {
        Sample sample = fill(p, Fill::Reals, random);
        for (std::size_t i = 0; i < sample.x.size(); i += 11) sample.x[i] = rounded(dtype, x);
        CHECK((!has_masked_loads() || compare(sample) > 0));
      }
      Sample underflow = fill(p, Fill::Reals, random);
      for (double& x : underflow.x) x = rounded(dtype, -tiny);
      for (double& w : underflow.w) w = rounded(dtype, tiny);
      CHECK((!has_masked_loads() || compare(underflow) > 0));
      underflow.x.back() = 1;  // the last band alone is far from zero
      CHECK((!has_masked_loads() || compare(underflow) > 0));
    }
  }
}

// x*w rounds, and x*-w leaves what was rounded off: half of the least number there is, and so -0,
// where the exponents are small enough. The tap behind them meets padding.
TEST_CASE("depthwise: T4 what rounding leaves of products around the least magnitude") {
  const double odd = 1 + std::exp2(-23);
  for (int exponent = -110; exponent <= -96; ++exponent) {
    const Problem p = depthwise(1, 1, axis(12, 3, 1, 1, 1), axis(17, 3, 1, 1, 1));
    Sample sample{.problem = p, .x = Values(12 * 17, odd * std::exp2(-50)), .w = Values(9, 0)};
    const double w = odd * std::exp2(exponent + 50);
    sample.w[6] = sample.w[8] = w;
    sample.w[7] = -w;
    CHECK((!has_masked_loads() || compare(sample) > 0));
  }
}

}  // namespace
}  // namespace tconv::test
