#include "io/compare.hpp"

#include <algorithm>
#include <array>

#include "io/gather.hpp"
#include "io/measures.hpp"
#include "io/numbers.hpp"

namespace tconv::io {
namespace {

// Small enough for the first-level cache, large enough that sums of blocks lose no digits.
constexpr std::int64_t kBlock = 1024;

// Whether two elements are within tolerance, by the metrics that judge elements one by one.
class Judge {
 public:
  Judge(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance)
      : tolerance_(tolerance), ulp_dtype_(ulp_dtype(actual.dtype, expected.dtype)) {}

  template <typename Number>
  bool close(Number x, Number y) const {
    if (tolerance_.metric != Metric::Ulp) return is_close(x, y, tolerance_);
    if (tolerance_.equal_nan && std::isnan(x) && std::isnan(y)) return true;
    return ulps_between(ulp_dtype_, x, y) <= tolerance_.absolute;
  }

 private:
  const Tolerance tolerance_;
  const DType ulp_dtype_;
};

// The running answer, without the index of the worst element.
struct Tally {
  std::int64_t worst = -1;
  std::int64_t finite = 0;
  double sum = 0;  // of the finite differences
  Comparison result{};
};

template <typename Number>
void add_differing(Tally& tally, std::int64_t position, Number x, Number y) {
  Comparison& result = tally.result;
  ++result.differing;
  const double difference = static_cast<double>(std::abs(x - y));
  if (!std::isfinite(difference)) ++result.not_finite;
  // What is not finite on one side only is worse than any number.
  const double worst_difference = std::abs(result.worst_actual - result.worst_expected);
  if (tally.worst < 0 || (std::isfinite(worst_difference) && !(difference <= worst_difference))) {
    tally.worst = position;
    result.worst_actual = static_cast<double>(x);
    result.worst_expected = static_cast<double>(y);
  }
}

// visit(begin, x, y) of each block of elements.
template <typename Number, typename Visit>
void visit_blocks(const Tensor& actual, const Tensor& expected, std::int64_t count,
                  const Visit& visit) {
  std::array<Number, kBlock> x{}, y{};
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const auto size = static_cast<std::size_t>(std::min(kBlock, count - begin));
    read_numbers(actual, begin, std::span(x).first(size));
    read_numbers(expected, begin, std::span(y).first(size));
    visit(begin, std::span<const Number>(x).first(size), std::span<const Number>(y).first(size));
  }
}

template <typename Number>
Tally tally_of(const Tensor& actual, const Tensor& expected, std::int64_t count,
               const Tolerance& tolerance) {
  Tally tally;
  const Judge judge(actual, expected, tolerance);
  visit_blocks<Number>(actual, expected, count, [&](std::int64_t begin, auto x, auto y) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double difference = static_cast<double>(std::abs(x[i] - y[i]));
      if (std::isfinite(difference)) {
        sum += difference;
        ++tally.finite;
        tally.result.largest_difference = std::max(tally.result.largest_difference, difference);
      }
      if (judge.close(x[i], y[i])) continue;
      add_differing(tally, begin + static_cast<std::int64_t>(i), x[i], y[i]);
    }
    tally.sum += sum;
  });
  return tally;
}

// A double does not tell neighbouring integers of 64 bits apart.
bool is_wide_integer(const Tensor& tensor) {
  return !is_floating(tensor.dtype) && size_bytes(tensor.dtype) == 8;
}

// Both as visit_blocks reads them.
struct Pair {
  Tensor actual{}, expected{};
  std::int64_t count = 0;
};

Result<Pair> gathered_pair(const Tensor& actual, const Tensor& expected) {
  const auto a = gathered(actual);
  if (!a) return a.error();
  const auto e = gathered(expected);
  if (!e) return e.error();
  const auto count = element_count(a->shape, DType::Float64);
  if (!count) return count.error();
  return Pair{.actual = *a, .expected = *e, .count = *count};
}

}  // namespace

Tolerance default_tolerance(DType dtype) {
  switch (dtype) {
    case DType::Float16: return {.relative = 1e-3, .absolute = 1e-5};
    case DType::BFloat16: return {.relative = 1.6e-2, .absolute = 1e-5};
    case DType::Float32: return {.relative = 1.3e-6, .absolute = 1e-5};
    case DType::Float64: return {.relative = 1e-7, .absolute = 1e-7};
    default: return {};
  }
}

Tolerance default_tolerance(DType actual, DType expected) {
  const Tolerance a = default_tolerance(actual), e = default_tolerance(expected);
  return {.relative = std::max(a.relative, e.relative),
          .absolute = std::max(a.absolute, e.absolute)};
}

Result<Comparison> compare(const Tensor& actual, const Tensor& expected,
                           const Tolerance& tolerance) {
  if (actual.shape != expected.shape) return Comparison{.equal = false, .same_shape = false};
  const auto pair = gathered_pair(actual, expected);
  if (!pair) return pair.error();
  const bool wide = is_wide_integer(actual) || is_wide_integer(expected);
  Tally tally = wide ? tally_of<long double>(pair->actual, pair->expected, pair->count, tolerance)
                     : tally_of<double>(pair->actual, pair->expected, pair->count, tolerance);
  Comparison& result = tally.result;
  result.elements = pair->count;
  if (tally.finite > 0) result.mean_difference = tally.sum / static_cast<double>(tally.finite);
  if (tally.worst >= 0) result.worst_index = index_of(tally.worst, actual.shape);
  result.equal = result.differing == 0;
  if (tolerance.metric != Metric::Max) {
    const Measure measure = measured(pair->actual, pair->expected, tolerance);
    result.measured = measure.value;
    result.allowed = measure.allowed;
    result.equal = measure.value <= measure.allowed;
  }
  return result;
}

void visit_differing(const Tensor& actual, const Tensor& expected, const Tolerance& tolerance,
                     const std::function<void(std::int64_t)>& visit) {
  std::int64_t count = 1;
  for (const std::int64_t extent : actual.shape) count *= extent;
  const Judge judge(actual, expected, tolerance);
  const auto visit_block = [&](std::int64_t begin, auto x, auto y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!judge.close(x[i], y[i])) visit(begin + static_cast<std::int64_t>(i));
    }
  };
  if (is_wide_integer(actual) || is_wide_integer(expected)) {
    visit_blocks<long double>(actual, expected, count, visit_block);
  } else {
    visit_blocks<double>(actual, expected, count, visit_block);
  }
}

}  // namespace tconv::io
