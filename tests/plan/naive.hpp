// The formulas of tconv/problem.hpp word for word, for integers: the padded input is written out
// as an array and walked, the transposed result is scattered whole and then cropped. Shares no
// geometry with the kernels.
#pragma once
#include "plan/sample.hpp"

namespace tconv::test {

// The values of y; activations other than relu are left out.
Values naive(const Sample& sample);

}  // namespace tconv::test
