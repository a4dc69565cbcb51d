#include "cli/explain_plan.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tconv::cli {
namespace {

using nlohmann::ordered_json;

std::string stage_text(const Plan& plan) {
  std::string text = fmt::format("  algorithm   {}{}{}\n", plan.algorithm(),
                                 plan.target().empty() ? "" : ", on ", plan.target());
  text += fmt::format("  threads     {}\n", plan.threads());
  text += fmt::format("  memory      packed weights {} bytes, workspace {} bytes a thread\n",
                      plan.packed_bytes(), plan.workspace_bytes());
  for (const Candidate& candidate : plan.candidates()) {
    text += fmt::format("  {:<10}  {}: {}\n", candidate.name,
                        candidate.chosen ? "chosen" : "not chosen", candidate.reason);
  }
  return text;
}

ordered_json stage_json(const Plan& plan) {
  ordered_json candidates = ordered_json::array();
  for (const Candidate& candidate : plan.candidates()) {
    candidates.push_back(
        {{"name", candidate.name}, {"chosen", candidate.chosen}, {"reason", candidate.reason}});
  }
  return {{"algorithm", plan.algorithm()},
          {"target", plan.target()},
          {"threads", plan.threads()},
          {"packed_weight_bytes", plan.packed_bytes()},
          {"workspace_bytes_per_thread", plan.workspace_bytes()},
          {"candidates", candidates}};
}

}  // namespace

std::string plan_text(const std::vector<frameworks::Lowering>& lowerings,
                      const batch::ChainPlans& plans) {
  std::string text;
  for (std::size_t l = 0; l < lowerings.size(); ++l) {
    text += lowerings[l].layer + '\n';
    for (const Plan& plan : plans[l]) text += stage_text(plan);
  }
  return text;
}

std::string plan_json(const std::vector<frameworks::Lowering>& lowerings,
                      const batch::ChainPlans& plans) {
  ordered_json layers = ordered_json::array();
  for (std::size_t l = 0; l < lowerings.size(); ++l) {
    ordered_json stages = ordered_json::array();
    for (const Plan& plan : plans[l]) stages.push_back(stage_json(plan));
    layers.push_back({{"layer", lowerings[l].layer}, {"stages", stages}});
  }
  return layers.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tconv::cli
