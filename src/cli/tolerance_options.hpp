// --rtol, --atol, --equal-nan and --metric: how far two tensors may be apart.
#pragma once
#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "io/compare.hpp"

namespace tconv::cli {

// As typed.
struct ToleranceOptions {
  std::optional<double> rtol{}, atol{};
  bool equal_nan = false;
  std::string metric{};
};

// `expect`, where not null, is the option without which none of these has a meaning.
void add_tolerance_options(CLI::App& command, ToleranceOptions& options, const std::string& group,
                           CLI::Option* expect);

// As meant for tensors of these dtypes, whose defaults the options replace. Fails with Usage.
Result<io::Tolerance> tolerance_of(const ToleranceOptions& options, DType actual, DType expected);

std::string_view metric_name(io::Metric metric);  // "max"

}  // namespace tconv::cli
