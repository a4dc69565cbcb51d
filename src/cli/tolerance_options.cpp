#include "cli/tolerance_options.hpp"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cmath>
#include <utility>

#include "cli/usage_error.hpp"

namespace tconv::cli {
namespace {

constexpr std::pair<std::string_view, io::Metric> kMetrics[] = {
    {"max", io::Metric::Max},
    {"mean", io::Metric::Mean},
    {"cosine", io::Metric::Cosine},
    {"ulp", io::Metric::Ulp},
};

Result<io::Metric> metric_of(const std::string& text) {
  for (const auto& [name, metric] : kMetrics) {
    if (text == name) return metric;
  }
  return usage(fmt::format("--metric {} must be max, mean, cosine or ulp", text));
}

}  // namespace

void add_tolerance_options(CLI::App& command, ToleranceOptions& options, const std::string& group,
                           CLI::Option* expect) {
  CLI::Option* const added[] = {
      command.add_option("--rtol", options.rtol, "relative tolerance (by dtype)")->type_name("R"),
      command.add_option("--atol", options.atol, "absolute tolerance (by dtype)")->type_name("A"),
      command.add_flag("--equal-nan", options.equal_nan, "NaN equals NaN at the same place"),
      command
          .add_option("--metric", options.metric,
                      "what must be within tolerance: max (each element, the default), mean, "
                      "cosine, ulp")
          ->type_name("METRIC"),
  };
  for (CLI::Option* const option : added) {
    option->group(group);
    if (expect != nullptr) option->needs(expect);
  }
}

Result<io::Tolerance> tolerance_of(const ToleranceOptions& options, DType actual, DType expected) {
  for (const auto& [flag, value] :
       {std::pair("--rtol", options.rtol), std::pair("--atol", options.atol)}) {
    if (!value || (*value >= 0 && std::isfinite(*value))) continue;
    return usage(fmt::format("{} {} must be a number of at least 0", flag, *value));
  }
  io::Tolerance tolerance = io::default_tolerance(actual, expected);
  tolerance.equal_nan = options.equal_nan;
  if (!options.metric.empty()) {
    const auto metric = metric_of(options.metric);
    if (!metric) return metric.error();
    tolerance.metric = *metric;
  }
  if (tolerance.metric == io::Metric::Ulp) {
    if (options.rtol) {
      return usage("--rtol has no meaning with --metric ulp, which counts units in the last place",
                   "--atol says how many are allowed");
    }
    const bool floating = is_floating(actual) || is_floating(expected);
    tolerance.absolute = options.atol.value_or(floating ? io::kDefaultUlps : 0);
    return tolerance;
  }
  tolerance.relative = options.rtol.value_or(tolerance.relative);
  tolerance.absolute = options.atol.value_or(tolerance.absolute);
  return tolerance;
}

std::string_view metric_name(io::Metric metric) {
  for (const auto& [name, known] : kMetrics) {
    if (metric == known) return name;
  }
  return "";
}

}  // namespace tconv::cli
