// ONNX: the Conv and ConvTranspose operators, as ONNX Runtime runs them.
#pragma once
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

extern const Framework kOnnx;

// The node that helper.make_node("Conv", ...) makes, or that a neutral name stands for; any other
// layer as it is.
Layer onnx_node(const Layer& layer);

// pads, all begins first, as --padding says them: one value per axis, or low:high pairs.
Value neutral_pads(const Value& pads);

}  // namespace tconv::frameworks
