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

Error too_large() {
  return {.code = ErrorCode::TooLarge, .what = "the tensors do not fit in 63 bits of bytes"};
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

Result<std::vector<StageBytes>> stage_bytes(const Chain& chain,
                                            const std::vector<frameworks::Lowering>& lowerings,
                                            const ChainPlans& plans) {
  std::vector<StageBytes> stages;
  for (std::size_t l = 0; l < lowerings.size(); ++l) {
    for (std::size_t s = 0; s < lowerings[l].stages.size(); ++s) {
      const Problem& problem = lowerings[l].stages[s];
      const Plan& plan = plans[l][s];
      const auto cost = cost_of(problem);
      if (!cost) return cost.error();
      const auto workspace = checked_multiply(plan.workspace_bytes(), plan.threads());
      if (!workspace) return too_large();
      const bool given = !chain.layers[l].weights.empty();
      stages.push_back({.x = cost->x_bytes,
                        .y = cost->y_bytes,
                        .weights = given ? cost->parameters * size_bytes(problem.dtype) : 0,
                        .packed = plan.packed_bytes(),
                        .workspace = *workspace});
    }
  }
  return stages;
}

Result<std::int64_t> chain_bytes(const std::vector<StageBytes>& stages, Reuse reuse) {
  std::optional<std::int64_t> weights = 0, widest = 0, packed = 0;
  std::int64_t workspace = 0;
  std::array<std::int64_t, 2> between{};  // stages write to them in turn
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const StageBytes& stage = stages[i];
    const auto all = sum(sum(stage.x, stage.y), sum(stage.packed, stage.workspace));
    widest = widest && all ? std::optional(std::max(*widest, *all)) : std::nullopt;
    weights = sum(weights, stage.weights);
    packed = sum(packed, stage.packed);
    workspace = std::max(workspace, stage.workspace);
    if (i > 0) between[i % 2] = std::max(between[i % 2], stage.x);
  }
  auto kept = widest;
  if (reuse == Reuse::Many) {
    kept = sum(sum(stages.front().x, stages.back().y), sum(between[0], between[1]));
    kept = sum(kept, sum(packed, workspace));
  }
  const auto all = sum(weights, kept);
  if (!all) return too_large();
  return *all;
}

}  // namespace tconv::batch
