// T2 for --math fast: errors in units of what error_ratio_test.cpp measures the exact algorithms
// with, and in those of the bound that tconv/plan.hpp states.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "plan/winograd.hpp"
#include "support/sanitized.hpp"

namespace tconv::test {
namespace {

struct Errors {
  double worst = 0;  // rho of error_ratio_test.cpp
  double squares = 0, all_squares = 0;
  std::int64_t tiles = 0;
};

void measure(Errors& errors, const Sample& sample, std::string_view algorithm) {
  const Way exact{.options = {.algorithm = "channel-lanes", .threads = 2}};
  const Values y = run(sample, {.options = fast(algorithm, 2)});
  const Values sums = run(in_float64(sample), exact);
  const Values magnitudes = run(absolute(in_float64(sample)), exact);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double error = std::abs(y[i] - sums[i]);
    errors.worst = std::max(errors.worst, error / (unit(sample.problem.dtype) * magnitudes[i]));
    errors.squares += error * error;
    errors.all_squares += sums[i] * sums[i];
  }
  const std::int64_t tile = static_cast<int>(tile_of(algorithm));
  const Dims extents = y_extents(sample.problem);
  errors.tiles += extents[0] * extents[2] * (extents[4] / tile) * (extents[5] / tile);
}

TEST_CASE("winograd: T2 a million random tiles stay within the stated multiple of exact's errors") {
  std::mt19937 random(43);
  for (const auto& [algorithm, factor] : {std::pair{kTwo, 3.0}, {kFour, 15.0}}) {
    for (const auto& [in, size] : {std::pair{16, 320}, {64, 192}, {256, 96}}) {
      Errors errors;
      const double bound = factor * (4 * std::sqrt(9.0 * in) + 4);
      const std::int64_t enough = tests::kSanitized                ? 1
                                  : algorithm == kFour && in == 16 ? 1'000'000
                                                                   : 100'000;
      while (errors.tiles < enough) {
        measure(errors, fill(plane(in, 32, size / 2, size), Fill::Reals, random), algorithm);
      }
      const double l2 = std::sqrt(errors.squares / errors.all_squares);
      INFO(algorithm << " of " << in << " channels, " << errors.tiles << " tiles: rho "
                     << errors.worst << " of " << bound << ", L2 " << l2);
      CHECK(errors.worst <= bound);
      CHECK(l2 <= 2e-5);
      // What was measured, and half as much again: other points of F(4, 3) are at twice as much.
      CHECK(l2 <= (algorithm == kTwo ? 2e-8 : 5.5e-8) * std::sqrt(9.0 * in));
      CHECK(errors.worst > 0);  // it is another algorithm
    }
  }
}

// Sum over channels of (sum of |taps|) * (largest |x| of the tile), of each output of a sample with
// one image and group, whose last two axes are padded by one.
Values tile_magnitudes(const Sample& sample, std::int64_t tile) {
  const Problem& p = sample.problem;
  const std::int64_t Y = p.axes[kMaxAxes - 2].input, X = p.axes[kMaxAxes - 1].input;
  Values result;
  for (std::int64_t o = 0; o < p.out_channels; ++o)
    for (std::int64_t y = 0; y < Y; ++y)
      for (std::int64_t x = 0; x < X; ++x) {
        double sum = std::abs(sample.bias[static_cast<std::size_t>(o)]);
        const std::int64_t top = y / tile * tile - 1, left = x / tile * tile - 1;
        for (std::int64_t i = 0; i < p.in_channels; ++i) {
          double taps = 0, largest = 0;
          for (std::int64_t j = 0; j < 9; ++j)
            taps += std::abs(sample.w[static_cast<std::size_t>((o * p.in_channels + i) * 9 + j)]);
          for (std::int64_t r = std::max<std::int64_t>(0, top); r < std::min(Y, top + tile + 2);
               ++r)
            for (std::int64_t c = std::max<std::int64_t>(0, left); c < std::min(X, left + tile + 2);
                 ++c)
              largest = std::max(largest,
                                 std::abs(sample.x[static_cast<std::size_t>((i * Y + r) * X + c)]));
          sum += taps * largest;
        }
        result.push_back(sum);
      }
  return result;
}

// Magnitudes that differ wildly, and all of one sign, where nothing cancels.
TEST_CASE("winograd: T2 no output is further off than the bound of its tile") {
  std::mt19937 random(44);
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 30; ++round) {
    const std::int64_t in = round % 3 == 0 ? 1 : draw(2, 40);
    Sample sample = fill(plane(in, 5, draw(1, 13), draw(1, 20)), Fill::Reals, random);
    sample.problem.dtype = round % 4 == 0 ? DType::Float64 : DType::Float32;
    for (Values* values : {&sample.x, &sample.w}) {
      for (double& value : *values) {
        if (round % 2 == 0) value = std::abs(value);
        if (round % 3 > 0) value = std::ldexp(value, static_cast<int>(draw(-12, 12)));
      }
    }
    const Problem& p = sample.problem;
    // Of float64, the reference's own errors are as large: it has a share of its own.
    const Values exact = run(in_float64(sample), {.options = {.algorithm = "reference"}});
    for (const std::string_view algorithm : {kTwo, kFour}) {
      const Values magnitudes = tile_magnitudes(sample, static_cast<int>(tile_of(algorithm)));
      const double bound = kernels::winograd_bound(p, tile_of(algorithm)) *
                           (static_cast<double>(in) + 20) * unit(p.dtype);
      const double own =
          p.dtype == DType::Float64 ? (9.0 * static_cast<double>(in) + 1) * 0x1p-53 : 0;
      const Values y = run(sample, {.options = fast(algorithm)});
      REQUIRE(y.size() == exact.size());
      double worst = 0;
      for (std::size_t i = 0; i < y.size(); ++i) {
        worst = std::max(worst, std::abs(y[i] - exact[i]) / magnitudes[i]);
      }
      CHECK_MESSAGE(worst <= (bound + own) * 1.01, describe(p));
    }
  }
}

}  // namespace
}  // namespace tconv::test
