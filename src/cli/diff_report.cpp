#include "cli/diff_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/diagnosis_text.hpp"
#include "cli/report.hpp"
#include "cli/tolerance_options.hpp"
#include "cli/verdict.hpp"
#include "io/numbers.hpp"

namespace tconv::cli {
namespace {

// Numbers without a dtype are what they become on their own.
DType dtype_of(const io::Tensor& tensor) { return tensor.untyped ? DType::Float32 : tensor.dtype; }

std::string line(std::string_view label, std::string_view text) {
  return fmt::format("  {:<11} {}\n", label, text);
}

std::string rule_text(const io::Tolerance& tolerance) {
  const double atol = tolerance.absolute, rtol = tolerance.relative;
  const std::string nan = tolerance.equal_nan ? ", NaN equals NaN" : "";
  switch (tolerance.metric) {
    case io::Metric::Max: return fmt::format("|a - b| <= {:g} + {:g}*|b|{}", atol, rtol, nan);
    case io::Metric::Mean:
      return fmt::format("mean |a - b| <= {:g} + {:g}*mean |b|{}", atol, rtol, nan);
    case io::Metric::Cosine: return fmt::format("1 - cosine <= {:g} + {:g}{}", atol, rtol, nan);
    case io::Metric::Ulp: return fmt::format("units in the last place <= {:g}{}", atol, nan);
  }
  return {};
}

std::string shapes_text(const DiffReport& report) {
  const std::string_view a = name(dtype_of(report.a)), b = name(dtype_of(report.b));
  if (a == b) return fmt::format("{} {}", io::shape_text(report.a.shape), a);
  return fmt::format("{} {} and {}", io::shape_text(report.a.shape), a, b);
}

std::string where_text(const DiffReport& report) {
  std::vector<std::string> texts;
  for (const diff::Pattern& pattern : report.patterns) {
    texts.push_back(pattern_text(pattern, report.a.shape));
  }
  return fmt::format("only {}", fmt::join(texts, "; "));
}

std::string largest_text(const DiffReport& report) {
  const io::Comparison& c = report.comparison;
  return fmt::format("{:.6g}, worst at {}: {} in {}, {} in {}", c.largest_difference,
                     io::shape_text(c.worst_index), io::number_text(report.a, c.worst_index),
                     report.a.name, io::number_text(report.b, c.worst_index), report.b.name);
}

std::string diagnosis_line(const DiffReport& report) {
  if (!report.diagnosis) return {};
  return line("cause", diagnosis_text(*report.diagnosis, report.a.shape));
}

}  // namespace

std::string diff_text(const DiffReport& report) {
  const io::Comparison& c = report.comparison;
  if (!c.same_shape) {
    return fmt::format("differ: shape {} in {}, {} in {}\n", io::shape_text(report.a.shape),
                       report.a.name, io::shape_text(report.b.shape), report.b.name) +
           diagnosis_line(report);
  }
  std::string measure = measure_text(c, report.tolerance.metric);
  if (!measure.empty()) measure += "; ";
  std::string text;
  if (c.equal) {
    text = fmt::format("equal: {}{} elements, largest difference {:.3g}\n", measure, c.elements,
                       c.largest_difference);
    if (!report.heatmap.empty()) text += line("heatmap", report.heatmap);
    return text;
  }
  text = fmt::format("differ: {}{} of {} elements ({:.3g} %)\n", measure, c.differing, c.elements,
                     100 * static_cast<double>(c.differing) / static_cast<double>(c.elements));
  text += line("shape", shapes_text(report));
  text += line("rule", rule_text(report.tolerance));
  if (c.differing > 0) text += line("largest", largest_text(report));
  text += line("mean", fmt::format("{:.6g}", c.mean_difference));
  if (c.not_finite > 0) {
    text += line("not finite", fmt::format("{} of those that differ", c.not_finite));
  }
  if (!report.patterns.empty()) text += line("where", where_text(report));
  text += diagnosis_line(report);
  if (!report.heatmap.empty()) text += line("heatmap", report.heatmap);
  return text;
}

std::string diff_json(const DiffReport& report) {
  const io::Comparison& c = report.comparison;
  std::string text = fmt::format(
      R"({{"schema": 1, "command": "diff", "equal": {}, "same_shape": {}, )"
      R"("a": {{"name": {}, "shape": [{}], "dtype": "{}"}}, )"
      R"("b": {{"name": {}, "shape": [{}], "dtype": "{}"}}, )"
      R"("metric": "{}", "rtol": {}, "atol": {}, "equal_nan": {})",
      c.equal, c.same_shape, json_string(report.a.name), fmt::join(report.a.shape, ", "),
      name(dtype_of(report.a)), json_string(report.b.name), fmt::join(report.b.shape, ", "),
      name(dtype_of(report.b)), metric_name(report.tolerance.metric), report.tolerance.relative,
      report.tolerance.absolute, report.tolerance.equal_nan);
  if (c.same_shape) {
    const double share =
        c.elements > 0 ? static_cast<double>(c.differing) / static_cast<double>(c.elements) : 0;
    text += fmt::format(R"(, "elements": {}, "differing": {}, "share": {}, "not_finite": {}, )"
                        R"("largest_difference": {}, "mean_difference": {})",
                        c.elements, c.differing, share, c.not_finite,
                        json_number(c.largest_difference), json_number(c.mean_difference));
    if (report.tolerance.metric != io::Metric::Max) {
      text += fmt::format(R"(, "measured": {}, "allowed": {})", json_number(c.measured),
                          json_number(c.allowed));
    }
    if (c.differing > 0) {
      text += fmt::format(R"(, "worst": {{"index": [{}], "a": {}, "b": {}}})",
                          fmt::join(c.worst_index, ", "), json_number(c.worst_actual),
                          json_number(c.worst_expected));
    }
    std::vector<std::string> patterns;
    for (const diff::Pattern& pattern : report.patterns) patterns.push_back(pattern_json(pattern));
    text += fmt::format(R"(, "where": [{}])", fmt::join(patterns, ", "));
  }
  if (report.diagnosis) {
    text += fmt::format(R"(, "diagnosis": {})", diagnosis_json(*report.diagnosis, report.a.shape));
  }
  if (!report.heatmap.empty()) {
    text += fmt::format(R"(, "heatmap": {})", json_string(report.heatmap));
  }
  return text + "}\n";
}

}  // namespace tconv::cli
