// Options about how to compute, for every subcommand that plans.
#pragma once
#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "tconv/plan.hpp"

namespace tconv::cli {

// As typed.
struct PlanFlags {
  std::optional<int> threads{};
  std::string math = "exact", algorithm{};
};

// Adds --threads, --math and --algorithm.
void add_plan_options(CLI::App& command, PlanFlags& flags);

// What they mean. Fails with Usage.
Result<PlanOptions> plan_options(const PlanFlags& flags);

}  // namespace tconv::cli
