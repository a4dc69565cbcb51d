// The algorithms, in the order in which the planner considers them.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "kernels/executor.hpp"
#include "tconv/plan.hpp"

namespace tconv::plan {

// Either an executor, or the reason why the algorithm does not take the problem. `note` says what
// the executor would do, for --explain-plan.
struct Offer {
  std::shared_ptr<const kernels::Executor> executor;
  std::string note{};
};

struct Algorithm {
  std::string_view name;
  Math math;  // the least exact arithmetic it needs
  // The problem has passed output_extents, its dtype is a floating one, threads >= 1.
  Offer (*offer)(const Problem& problem, const PlanOptions& options);
};

std::span<const Algorithm> algorithms();

}  // namespace tconv::plan
