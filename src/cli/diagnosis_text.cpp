#include "cli/diagnosis_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "cli/report.hpp"

namespace tconv::cli {
namespace {

using diff::Diagnosis;
using diff::Pattern;
using diff::Side;
using diff::Step;

constexpr std::size_t kListed = 8;  // values written out before "..."

std::string_view side_name(Side side) { return side == Side::A ? "A" : "B"; }

// "axis 1", "axes 2 and 3", "axes 1, 2 and 3"
std::string axes_text(const std::vector<int>& axes) {
  if (axes.size() == 1) return fmt::format("axis {}", axes[0]);
  const std::vector<int> first(axes.begin(), axes.end() - 1);
  return fmt::format("axes {} and {}", fmt::join(first, ", "), axes.back());
}

template <typename Values>
std::string listed(const Values& values, const auto& text) {
  std::vector<std::string> shown;
  for (const auto& value : values) {
    if (shown.size() == kListed) break;
    shown.push_back(text(value));
  }
  return fmt::format("{}{}", fmt::join(shown, ", "), values.size() > kListed ? ", ..." : "");
}

std::string numbers_text(const std::vector<double>& values) {
  return listed(values, [](double value) { return fmt::format("{:.6g}", value); });
}

// "0.5", and "0.00392157 (1/255)" for the reciprocal of a whole number.
std::string factor_text(double factor) {
  const std::string text = fmt::format("{:.6g}", factor);
  const double inverse = 1 / factor;
  const double whole = std::round(inverse);
  const bool is_inverse = std::abs(factor) < 0.5 && std::abs(inverse) < 1e6 &&
                          std::abs(inverse - whole) <= 1e-6 * std::abs(inverse);
  return is_inverse ? fmt::format("{} (1/{:.0f})", text, whole) : text;
}

struct NamedOrder {
  std::vector<int> axes;
  std::string_view text;
};

// What the order of axes usually means.
std::string_view order_name(const std::vector<int>& axes) {
  static const NamedOrder kOrders[] = {
      {{0, 3, 1, 2}, "as from NHWC to NCHW"},
      {{0, 2, 3, 1}, "as from NCHW to NHWC"},
      {{3, 2, 0, 1}, "as from HWIO to OIHW"},
      {{2, 3, 1, 0}, "as from OIHW to HWIO"},
      {{2, 3, 0, 1}, "as from IOHW to HWIO, or OIHW to HWOI"},
      {{1, 0, 2, 3}, "as between OIHW and IOHW"},
      {{0, 1, 3, 2}, "rows and columns swapped"},
      {{0, 4, 1, 2, 3}, "as from NDHWC to NCDHW"},
      {{0, 2, 3, 4, 1}, "as from NCDHW to NDHWC"},
      {{4, 3, 0, 1, 2}, "as from DHWIO to OIDHW"},
      {{2, 3, 4, 1, 0}, "as from OIDHW to DHWIO"},
      {{1, 0, 2, 3, 4}, "as between OIDHW and IODHW"},
      {{0, 2, 1}, "channels first and last swapped"},
      {{2, 1, 0}, "as between OIW and WIO"},
      {{1, 0}, "transposed"},
  };
  for (const NamedOrder& order : kOrders) {
    if (order.axes == axes) return order.text;
  }
  return {};
}

std::string slices_text(const Step& step) {
  std::vector<std::string> slices;
  for (std::size_t axis = 0; axis < step.by.size(); ++axis) {
    slices.push_back(fmt::format("{}:{}", step.by[axis], step.end[axis]));
  }
  return fmt::format("[{}]", fmt::join(slices, ", "));
}

std::string order_text(const Step& step) {
  const bool reversed = std::is_sorted(step.by.rbegin(), step.by.rend());
  return fmt::format("re-ordering axis {} of B: {}{}", step.axes[0],
                     listed(step.by, [](std::int64_t i) { return std::to_string(i); }),
                     reversed ? " (backwards)" : "");
}

std::string scale_text(const Step& step) {
  if (!step.axes.empty()) {
    return fmt::format("multiplying B by a factor for each index of axis {}: {}", step.axes[0],
                       numbers_text(step.values));
  }
  if (step.values[0] == -1) return "negating B";
  return fmt::format("multiplying B by {}", factor_text(step.values[0]));
}

std::string add_text(const Step& step) {
  if (!step.axes.empty()) {
    return fmt::format("adding to B a constant for each index of axis {}, such as a bias: {}",
                       step.axes[0], numbers_text(step.values));
  }
  return fmt::format("adding {:.6g} to B", step.values[0]);
}

std::string step_text(const Step& step, const Shape& shape) {
  const std::string_view side = side_name(step.side);
  switch (step.kind) {
    case Step::Kind::EqualNan: return "taking NaN for equal to NaN (--equal-nan)";
    case Step::Kind::Reshape: return fmt::format("reshaping B to {}", io::shape_text(step.by));
    case Step::Kind::Cut: return fmt::format("cutting {} to {}", side, slices_text(step));
    case Step::Kind::Transpose: {
      const std::string_view name = order_name(step.axes);
      return fmt::format("B.transpose({}){}{}{}", fmt::join(step.axes, ", "),
                         name.empty() ? "" : " (", name, name.empty() ? "" : ")");
    }
    case Step::Kind::Reverse: return fmt::format("flipping B along {}", axes_text(step.axes));
    case Step::Kind::Order: return order_text(step);
    case Step::Kind::Shift: {
      const bool all = step.axes.size() == shape.size();
      return fmt::format("shifting B by {}{}", io::shape_text(step.by),
                         all ? "" : " along " + axes_text(step.axes));
    }
    case Step::Kind::Round: return fmt::format("rounding {} to {}", side, name(step.dtype));
    case Step::Kind::Rounded:
      return fmt::format("allowing for {} having been rounded to {}", side, name(step.dtype));
    case Step::Kind::Scale: return scale_text(step);
    case Step::Kind::Add: return add_text(step);
  }
  return {};
}

std::string_view kind_name(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::EqualNan: return "equal_nan";
    case Step::Kind::Reshape: return "reshape";
    case Step::Kind::Cut: return "cut";
    case Step::Kind::Transpose: return "transpose";
    case Step::Kind::Reverse: return "flip";
    case Step::Kind::Order: return "order";
    case Step::Kind::Shift: return "shift";
    case Step::Kind::Round: return "round";
    case Step::Kind::Rounded: return "rounded";
    case Step::Kind::Scale: return "scale";
    case Step::Kind::Add: return "add";
  }
  return {};
}

std::string step_json(const Step& step) {
  std::string text = fmt::format(R"({{"kind": "{}")", kind_name(step.kind));
  if (step.kind != Step::Kind::EqualNan) {
    text += fmt::format(R"(, "of": "{}")", side_name(step.side));
  }
  if (!step.axes.empty()) text += fmt::format(R"(, "axes": [{}])", fmt::join(step.axes, ", "));
  if (!step.by.empty()) text += fmt::format(R"(, "by": [{}])", fmt::join(step.by, ", "));
  if (!step.end.empty()) text += fmt::format(R"(, "end": [{}])", fmt::join(step.end, ", "));
  if (!step.values.empty()) {
    text += fmt::format(R"(, "values": [{}])", fmt::join(step.values, ", "));
  }
  if (step.kind == Step::Kind::Round || step.kind == Step::Kind::Rounded) {
    text += fmt::format(R"(, "dtype": "{}")", name(step.dtype));
  }
  return text + '}';
}

std::string nth_text(std::int64_t n) {
  return n == 2 ? "2nd" : n == 3 ? "3rd" : fmt::format("{}th", n);
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const Shape& shape) {
  if (diagnosis.steps.empty()) {
    return fmt::format("none found, of {} tried{}", diagnosis.hypotheses,
                       diagnosis.complete ? "" : "; there are more, but they take too long");
  }
  std::vector<std::string> steps;
  for (const Step& step : diagnosis.steps) steps.push_back(step_text(step, shape));
  std::string text = fmt::format("equal after {}", fmt::join(steps, ", then "));
  if (diagnosis.compared < diagnosis.elements) {
    text += fmt::format("; this compares the overlap, {} of {} elements", diagnosis.compared,
                        diagnosis.elements);
  }
  return text;
}

std::string diagnosis_json(const Diagnosis& diagnosis, const Shape& shape) {
  std::vector<std::string> steps;
  for (const Step& step : diagnosis.steps) steps.push_back(step_json(step));
  return fmt::format(
      R"({{"explained": {}, "text": {}, "steps": [{}], "compared": {}, "elements": {}, )"
      R"("hypotheses": {}, "complete": {}}})",
      !steps.empty(), json_string(diagnosis_text(diagnosis, shape)), fmt::join(steps, ", "),
      diagnosis.compared, diagnosis.elements, diagnosis.hypotheses, diagnosis.complete);
}

std::string pattern_text(const Pattern& pattern, const Shape& shape) {
  const std::string axes = axes_text(pattern.axes);
  switch (pattern.kind) {
    case Pattern::Kind::Indices: {
      const std::int64_t extent = shape[static_cast<std::size_t>(pattern.axes[0])];
      if (pattern.end - pattern.begin == 1) {
        return fmt::format("index {} of {} (0 to {})", pattern.begin, axes, extent - 1);
      }
      return fmt::format("indices {} to {} of {} (0 to {})", pattern.begin, pattern.end - 1, axes,
                         extent - 1);
    }
    case Pattern::Kind::EveryNth:
      return fmt::format("every {} index of {}, from {} on", nth_text(pattern.step), axes,
                         pattern.begin);
    case Pattern::Kind::Border:
      return fmt::format("within {} of the border of {}", pattern.width, axes);
    case Pattern::Kind::Beginning: return fmt::format("in the first {} of {}", pattern.width, axes);
    case Pattern::Kind::End: return fmt::format("in the last {} of {}", pattern.width, axes);
    case Pattern::Kind::Phases: {
      std::vector<std::string> phases;
      for (const Shape& phase : pattern.phases) phases.push_back(io::shape_text(phase));
      return fmt::format("where the indices of {} are {} modulo {}", axes,
                         fmt::join(phases, " or "), pattern.step);
    }
  }
  return {};
}

std::string pattern_json(const Pattern& pattern) {
  const std::string axes = fmt::format("[{}]", fmt::join(pattern.axes, ", "));
  switch (pattern.kind) {
    case Pattern::Kind::Indices:
      return fmt::format(R"({{"kind": "indices", "axes": {}, "begin": {}, "end": {}}})", axes,
                         pattern.begin, pattern.end);
    case Pattern::Kind::EveryNth:
      return fmt::format(R"({{"kind": "every_nth", "axes": {}, "begin": {}, "step": {}}})", axes,
                         pattern.begin, pattern.step);
    case Pattern::Kind::Phases: {
      std::vector<std::string> phases;
      for (const Shape& phase : pattern.phases) {
        phases.push_back(fmt::format("[{}]", fmt::join(phase, ", ")));
      }
      return fmt::format(R"({{"kind": "phases", "axes": {}, "step": {}, "phases": [{}]}})", axes,
                         pattern.step, fmt::join(phases, ", "));
    }
    default: break;
  }
  const std::string_view kind = pattern.kind == Pattern::Kind::Border      ? "border"
                                : pattern.kind == Pattern::Kind::Beginning ? "beginning"
                                                                           : "end";
  return fmt::format(R"({{"kind": "{}", "axes": {}, "width": {}}})", kind, axes, pattern.width);
}

std::string json_number(double value) {
  if (std::isfinite(value)) return fmt::format("{}", value);
  if (std::isnan(value)) return R"("NaN")";
  return value > 0 ? R"("Infinity")" : R"("-Infinity")";
}

}  // namespace tconv::cli
