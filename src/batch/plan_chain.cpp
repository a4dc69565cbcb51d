// Planning a chain: an algorithm for every stage, and the memory it all takes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "batch/chain.hpp"
#include "support/checked.hpp"

namespace tconv::batch {
namespace {

using support::checked_add;
using support::checked_multiply;

std::optional<std::int64_t> sum(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  return a && b ? checked_add(*a, *b) : std::nullopt;
}

std::optional<std::int64_t> largest(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  return a && b ? std::optional(std::max(*a, *b)) : std::nullopt;
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
                                 const ChainPlans& plans, Reuse reuse) {
  std::optional<std::int64_t> weights = 0, packed = 0, workspace = 0, widest = 0;
  std::array<std::optional<std::int64_t>, 2> between = {0, 0};  // stages write to them in turn
  std::int64_t x_bytes = 0, y_bytes = 0;
  std::size_t stages = 0;
  for (std::size_t l = 0; l < lowerings.size(); ++l) {
    for (std::size_t s = 0; s < lowerings[l].stages.size(); ++s, ++stages) {
      const Problem& problem = lowerings[l].stages[s];
      const Plan& plan = plans[l][s];
      const auto cost = cost_of(problem);
      if (!cost) return cost.error();
      const auto threads = checked_multiply(plan.workspace_bytes(), plan.threads());
      const auto beside = sum(plan.packed_bytes(), threads);
      widest = largest(widest, sum(sum(cost->x_bytes, cost->y_bytes), beside));
      packed = sum(packed, plan.packed_bytes());
      workspace = largest(workspace, threads);
      if (stages == 0) x_bytes = cost->x_bytes;
      if (stages > 0) between[stages % 2] = largest(between[stages % 2], y_bytes);
      y_bytes = cost->y_bytes;
      if (!chain.layers[l].weights.empty()) {
        weights = sum(weights, cost->parameters * size_bytes(problem.dtype));
      }
    }
  }
  const auto kept = sum(sum(between[0], between[1]), sum(sum(packed, workspace), x_bytes));
  const auto all = sum(weights, reuse == Reuse::Once ? widest : sum(kept, y_bytes));
  if (all) return *all;
  return Error{.code = ErrorCode::TooLarge, .what = "the tensors do not fit in 63 bits of bytes"};
}

}  // namespace tconv::batch
