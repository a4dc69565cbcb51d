// SciPy: signal.convolve, correlate, convolve2d, correlate2d.
#pragma once
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

extern const Framework kScipy;

}  // namespace tconv::frameworks
