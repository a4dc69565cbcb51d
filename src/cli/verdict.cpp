#include "cli/verdict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "io/read.hpp"

namespace tconv::cli {

Result<Verdict> compare_expected(const RunOptions& options, const io::Tensor& y) {
  const auto expected =
      io::read_tensor(options.expect, {.void2_is_bfloat16 = y.dtype == DType::BFloat16});
  if (!expected) return expected.error();
  io::Tolerance tolerance = io::default_tolerance(y.dtype);
  tolerance.relative = options.rtol.value_or(tolerance.relative);
  tolerance.absolute = options.atol.value_or(tolerance.absolute);
  tolerance.equal_nan = options.equal_nan;
  auto comparison = io::compare(y, *expected, tolerance);
  if (!comparison) return comparison.error();
  return Verdict{.expected = options.expect,
                 .shape = y.shape,
                 .expected_shape = expected->shape,
                 .comparison = *comparison};
}

std::string verdict_text(const Verdict& verdict) {
  const io::Comparison& c = verdict.comparison;
  if (!c.same_shape) {
    return fmt::format("differ: shape {} here, {} in {}\n", io::shape_text(verdict.shape),
                       io::shape_text(verdict.expected_shape), verdict.expected);
  }
  if (c.equal) {
    return fmt::format("equal: {} elements, largest difference {:.3g}\n", c.elements,
                       c.largest_difference);
  }
  return fmt::format(
      "differ: {} of {} elements, largest difference {:.3g}; worst at {}: {} here, {} in {}\n",
      c.differing, c.elements, c.largest_difference, io::shape_text(c.worst_index), c.worst_actual,
      c.worst_expected, verdict.expected);
}

std::string verdict_json(const Verdict& verdict) {
  const io::Comparison& c = verdict.comparison;
  std::string text = fmt::format(
      R"({{"equal": {}, "same_shape": {}, "elements": {}, "differing": {}, "largest_difference": {})",
      c.equal, c.same_shape, c.elements, c.differing, c.largest_difference);
  if (!c.same_shape)
    text += fmt::format(R"(, "expected_shape": [{}])", fmt::join(verdict.expected_shape, ", "));
  if (c.differing > 0)
    text += fmt::format(R"(, "worst_index": [{}])", fmt::join(c.worst_index, ", "));
  return text + '}';
}

}  // namespace tconv::cli
