#include "cli/plan_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "cli/usage_error.hpp"
#include "support/suggest.hpp"

namespace tconv::cli {
namespace {

constexpr int kMostThreads = 1024;

}  // namespace

void add_plan_options(CLI::App& command, PlanFlags& flags) {
  const std::string group = "How to compute";
  command.add_option("--threads", flags.threads, "threads; as many as the machine runs at once")
      ->type_name("N")
      ->group(group);
  command.add_option("--math", flags.math, "exact, or fast: Winograd, within a bound (help plan)")
      ->type_name("MATH")
      ->group(group);
  command.add_option("--algorithm", flags.algorithm, "this algorithm or none (help plan)")
      ->type_name("NAME")
      ->group(group);
}

Result<PlanOptions> plan_options(const PlanFlags& flags) {
  PlanOptions options{.algorithm = flags.algorithm};
  if (flags.threads) {
    if (*flags.threads < 1 || *flags.threads > kMostThreads) {
      return usage(fmt::format("--threads {} must be 1 to {}", *flags.threads, kMostThreads));
    }
    options.threads = *flags.threads;
  }
  if (flags.math != "exact" && flags.math != "fast") {
    return usage(fmt::format("--math {} must be exact or fast", flags.math));
  }
  options.math = flags.math == "fast" ? Math::Fast : Math::Exact;
  const auto names = algorithm_names();
  if (!flags.algorithm.empty() &&
      std::find(names.begin(), names.end(), flags.algorithm) == names.end()) {
    return usage(fmt::format("--algorithm: there is no algorithm '{}'{}", flags.algorithm,
                             support::did_you_mean(flags.algorithm, names)),
                 fmt::format("there are {}", fmt::join(names, ", ")));
  }
  return options;
}

}  // namespace tconv::cli
