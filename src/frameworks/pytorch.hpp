// PyTorch: torch.nn.ConvNd, torch.nn.ConvTransposeNd and their functional forms.
#pragma once
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

extern const Framework kPyTorch;

}  // namespace tconv::frameworks
