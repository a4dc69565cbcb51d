// Keras 3 / TensorFlow: ConvND, ConvNDTranspose, DepthwiseConvND, SeparableConvND.
#pragma once
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

extern const Framework kKeras;

}  // namespace tconv::frameworks
