// JAX: lax.conv, conv_with_general_padding, conv_general_dilated, conv_transpose.
#pragma once
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

extern const Framework kJax;

}  // namespace tconv::frameworks
