// Planning a chain: an algorithm for every stage, and the memory it all takes.
#include <fmt/format.h>

#include <algorithm>

#include "batch/chain.hpp"
#include "support/checked.hpp"

namespace tconv::batch {
namespace {

using support::checked_add;
using support::checked_multiply;

std::optional<std::int64_t> sum(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  return a && b ? checked_add(*a, *b) : std::nullopt;
}

// What a plan needs beside the tensors.
std::optional<std::int64_t> plan_bytes(const Plan& plan) {
  return sum(plan.packed_bytes(), checked_multiply(plan.workspace_bytes(), plan.threads()));
}

}  // namespace

Error located(Error error, const Chain& chain, std::size_t layer) {
  if (chain.layers.size() > 1) {
    error.where = fmt::format("layer {}{}{}", layer, error.where.empty() ? "" : ": ", error.where);
  }
  return error;
}

Result<ChainPlans> plan_chain(const Chain& chain,
                              const std::vector<frameworks::Lowering>& lowerings,
                              const PlanOptions& options) {
  ChainPlans plans;
  for (std::size_t l = 0; l < lowerings.size(); ++l) {
    std::vector<Plan>& stages = plans.emplace_back();
    for (const Problem& problem : lowerings[l].stages) {
      auto plan = Plan::make(problem, options);
      if (!plan) return located(plan.error(), chain, l);
      stages.push_back(std::move(*plan));
    }
  }
  return plans;
}

Result<std::int64_t> chain_bytes(const Chain& chain,
                                 const std::vector<frameworks::Lowering>& lowerings,
                                 const ChainPlans& plans) {
  std::optional<std::int64_t> weights = 0, widest = 0;
  for (std::size_t l = 0; l < lowerings.size(); ++l) {
    for (std::size_t s = 0; s < lowerings[l].stages.size(); ++s) {
      const Problem& problem = lowerings[l].stages[s];
      const auto cost = cost_of(problem);
      if (!cost) return cost.error();
      const auto stage = sum(sum(cost->x_bytes, cost->y_bytes), plan_bytes(plans[l][s]));
      widest = stage && widest ? std::optional(std::max(*stage, *widest)) : std::nullopt;
      if (!chain.layers[l].weights.empty()) {
        weights = sum(weights, cost->parameters * size_bytes(problem.dtype));
      }
    }
  }
  const auto all = sum(weights, widest);
  if (all) return *all;
  return Error{.code = ErrorCode::TooLarge, .what = "the tensors do not fit in 63 bits of bytes"};
}

}  // namespace tconv::batch
