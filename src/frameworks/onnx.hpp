// ONNX: the Conv and ConvTranspose operators, as ONNX Runtime runs them.
#pragma once
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

extern const Framework kOnnx;

}  // namespace tconv::frameworks
