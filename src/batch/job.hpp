// What a batch is, apart from its files: whether two runs would give the same bytes for an input.
#pragma once
#include <string>
#include <string_view>

#include "batch/chain.hpp"

namespace tconv::batch {

// A digest, in hex, of the layers, their weights and biases, the dtype, and how it is computed and
// written.
std::string job_digest(const Chain& chain, const PlanOptions& plan, std::string_view format);

}  // namespace tconv::batch
