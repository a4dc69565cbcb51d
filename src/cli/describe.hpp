// A lowered layer in words and in JSON: which canonical problems it comes to, and what they cost.
#pragma once
#include <string>
#include <vector>

#include "batch/chain.hpp"

namespace tconv::cli {

// Table for people: a block a layer.
std::string describe_text(const std::vector<frameworks::Lowering>& lowerings);

// JSON array, an object a layer: framework, layer, stages (direction, axes with pads or crops and
// full size, channels, MACs, parameters, bytes), output shape.
std::string describe_json(const std::vector<frameworks::Lowering>& lowerings);

}  // namespace tconv::cli
