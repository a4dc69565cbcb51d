// The slow, obvious convolution: the formula of tconv/problem.hpp, read off. It accepts every
// problem, and stays for ever as the judge of the others.
#pragma once
#include "tconv/convolve.hpp"

namespace tconv::kernels {

// The problem has passed output_extents and its dtype is a floating one.
void run_reference(const Problem& problem, const Operands& operands);

}  // namespace tconv::kernels
