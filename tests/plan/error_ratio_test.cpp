// T2: how far y is from the exact sums, in units of what one rounding of each term may cost:
//   rho = |y - exact| / (u * (sum |x*w| + |b|))
// One accumulator over K terms and a bias cannot exceed K + 1 by much (Higham, "Accuracy and
// Stability of Numerical Algorithms", 2002, section 3.1; K more where products round, too). On data
// of both signs it stays near sqrt(K): more than 4*sqrt(K) + 4 tells of lost accuracy.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "plan/sample.hpp"

namespace tconv::test {
namespace {

// Sums in long double: of float64 products too, it keeps eleven bits more than they have.
using Exact = std::vector<long double>;

struct Bound {
  Exact sums, magnitudes;
};

// Dense forward problems of one image and group in one axis without padding: its own formula.
Bound exact(const Sample& sample) {
  const Problem& p = sample.problem;
  const Axis& axis = p.axes.back();
  const Dims y = y_extents(p);
  Bound bound;
  for (std::int64_t o = 0; o < p.out_channels; ++o) {
    for (std::int64_t t = 0; t < y[5]; ++t) {
      const long double b = sample.bias[static_cast<std::size_t>(o)];
      long double sum = b, magnitude = std::abs(b);
      for (std::int64_t i = 0; i < p.in_channels; ++i) {
        for (std::int64_t j = 0; j < axis.kernel; ++j) {
          const auto w = static_cast<std::size_t>((o * p.in_channels + i) * axis.kernel + j);
          const auto x = static_cast<std::size_t>(i * axis.input + t * axis.stride + j);
          const long double term = static_cast<long double>(sample.x[x]) * sample.w[w];
          sum += term;
          magnitude += std::abs(term);
        }
      }
      bound.sums.push_back(sum);
      bound.magnitudes.push_back(magnitude);
    }
  }
  return bound;
}

double unit(DType dtype) { return dtype == DType::Float64 ? 0x1p-53 : 0x1p-24; }

// The last rounding, to the dtype: half a unit in the last place of the sum.
long double last_rounding(DType dtype, long double sum) {
  if (dtype == DType::Float16) return std::abs(sum) * 0x1p-11L + 0x1p-25L;
  if (dtype == DType::BFloat16) return std::abs(sum) * 0x1p-8L;
  return 0;
}

TEST_CASE("plan: T2 errors stay within the bound of one fused sum, and near its square root") {
  std::mt19937 random(31);
  for (const DType dtype : {DType::Float32, DType::Float64, DType::Float16, DType::BFloat16}) {
    for (const auto& [channels, kernel] : {std::pair{1, 3}, {16, 9}, {256, 9}}) {
      Problem p{
          .dtype = dtype, .rank = 1, .in_channels = channels, .out_channels = 18, .has_bias = true};
      p.axes.back() = {.input = 60, .kernel = kernel};
      const Sample sample = fill(p, Fill::Reals, random);
      const Bound bound = exact(sample);
      const double terms = channels * kernel;
      for (const TestTarget& target : targets()) {
        const WithTarget chosen(target.target);
        for (const std::string_view algorithm : algorithm_names()) {
          const Values y =
              run(sample, {.options = {.algorithm = std::string(algorithm), .threads = 1}});
          if (y.empty()) continue;
          long double worst = 0;
          for (std::size_t i = 0; i < y.size(); ++i) {
            const long double error =
                std::abs(y[i] - bound.sums[i]) - last_rounding(dtype, bound.sums[i]);
            worst = std::max(worst, error / (unit(dtype) * bound.magnitudes[i]));
          }
          INFO(std::string(target.name)
               << " " << std::string(algorithm) << ": " << describe(sample.problem) << ", rho "
               << static_cast<double>(worst));
          // gamma_K = K*u / (1 - K*u), and the second rounding of each product.
          CHECK(worst <= (terms + 1) * (target.fused ? 1.0 : 2.0) * 1.01);
          CHECK(worst <= 4 * std::sqrt(terms) + 4);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tconv::test
