// Checks on the tensors of a layer that every framework makes alike, with one wording.
#pragma once
#include <optional>
#include <string>

#include "frameworks/assemble.hpp"

namespace tconv::frameworks {

// Weights as read for a layer: which tensor, which axes, and the words for them.
struct WeightReading {
  Operand operand{};
  WeightAxes axes{};
  std::string layout{};  // "(in, out/groups, kH, kW)"
};

// The reading of the given tensor, or of a kernel without channel axes (both are then 1). Fails
// with ShapeMismatch on any other rank.
Result<WeightReading> read_weights(const Operand& w, const WeightAxes& axes, int rank,
                                   std::string layout);

// Fails with ShapeMismatch unless `found` (of the tensor) equals `said` (by the layer), where said.
Result<void> check_agrees(const WeightReading& w, std::string_view argument,
                          std::optional<std::int64_t> said, std::int64_t found);
Result<void> check_kernel_agrees(const WeightReading& w, const std::optional<Sizes>& said,
                                 const Sizes& found);

// The rule that broke about a weight tensor, in the form all of them share.
Error weight_error(const WeightReading& w, std::string what, std::string hint = {});

// bias must be [out_channels], or a scalar where that is 1.
Result<void> check_bias(const Operand& bias, std::int64_t out_channels);

}  // namespace tconv::frameworks
