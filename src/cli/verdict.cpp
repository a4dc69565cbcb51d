#include "cli/verdict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "io/numbers.hpp"
#include "io/read.hpp"

namespace tconv::cli {

Result<Verdict> compare_expected(const RunOptions& options, const io::Tensor& y) {
  const auto expected =
      io::read_tensor(options.expect, {.void2_is_bfloat16 = y.dtype == DType::BFloat16});
  if (!expected) return expected.error();
  const auto tolerance = tolerance_of(options.tolerance, y.dtype, y.dtype);
  if (!tolerance) return tolerance.error();
  auto comparison = io::compare(y, *expected, *tolerance);
  if (!comparison) return comparison.error();
  Verdict verdict{.expected = options.expect,
                  .shape = y.shape,
                  .expected_shape = expected->shape,
                  .comparison = *comparison,
                  .metric = tolerance->metric};
  if (comparison->differing > 0) {
    verdict.worst_here = io::number_text(y, comparison->worst_index);
    verdict.worst_there = io::number_text(*expected, comparison->worst_index);
  }
  return verdict;
}

std::string measure_text(const io::Comparison& comparison, io::Metric metric) {
  const auto text = [&](std::string_view what) {
    return fmt::format("{} {:.3g}, {:.3g} allowed", what, comparison.measured, comparison.allowed);
  };
  switch (metric) {
    case io::Metric::Max: break;
    case io::Metric::Mean: return text("mean difference");
    case io::Metric::Cosine: return text("1 - cosine");
    case io::Metric::Ulp: return text("units in the last place");
  }
  return {};
}

std::string verdict_text(const Verdict& verdict) {
  const io::Comparison& c = verdict.comparison;
  if (!c.same_shape) {
    return fmt::format("differ: shape {} here, {} in {}\n", io::shape_text(verdict.shape),
                       io::shape_text(verdict.expected_shape), verdict.expected);
  }
  std::string measure = measure_text(c, verdict.metric);
  if (!measure.empty()) measure += "; ";
  if (c.equal) {
    return fmt::format("equal: {}{} elements, largest difference {:.3g}\n", measure, c.elements,
                       c.largest_difference);
  }
  std::string text = fmt::format("differ: {}{} of {} elements, largest difference {:.3g}", measure,
                                 c.differing, c.elements, c.largest_difference);
  if (c.differing > 0) {
    text += fmt::format("; worst at {}: {} here, {} in {}", io::shape_text(c.worst_index),
                        verdict.worst_here, verdict.worst_there, verdict.expected);
  }
  return text + '\n';
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
