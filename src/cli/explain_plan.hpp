// What --explain-plan prints: the algorithms considered, which one it is and why, and its memory.
#pragma once
#include <string>

#include "batch/chain.hpp"

namespace tconv::cli {

// Table for people: a block a layer.
std::string plan_text(const std::vector<frameworks::Lowering>& lowerings,
                      const batch::ChainPlans& plans);

// JSON array, an object a layer: layer, stages (algorithm, target, threads, packed_weight_bytes,
// workspace_bytes_per_thread, candidates with name, chosen and reason).
std::string plan_json(const std::vector<frameworks::Lowering>& lowerings,
                      const batch::ChainPlans& plans);

}  // namespace tconv::cli
