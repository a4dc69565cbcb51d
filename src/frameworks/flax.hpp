// flax: Conv and ConvTranspose of linen and of nnx.
#pragma once
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

extern const Framework kFlax;

}  // namespace tconv::frameworks
