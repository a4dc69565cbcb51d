// What ONNX's paddings mean in elements, as ONNX Runtime computes them.
#pragma once
#include <cstdint>
#include <optional>

#include "frameworks/assemble.hpp"
#include "tconv/problem.hpp"

namespace tconv::frameworks::onnx {

enum class AutoPad { NotSet, Valid, SameUpper, SameLower };

// Pads of a forward axis whose begin and end are the node's pads. May be negative.
Ends forward_pads(AutoPad auto_pad, const Axis& axis);

// Crops of a transposed axis whose begin and end are the node's pads; `full` is its extent before
// them.
struct TransposedEnds {
  std::int64_t full = 0;
  std::int64_t output_padding = 0;
  std::optional<std::int64_t> output_shape{};
};
Ends transposed_crops(AutoPad auto_pad, const Axis& axis, const TransposedEnds& with);

}  // namespace tconv::frameworks::onnx
