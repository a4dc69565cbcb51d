// Fewer, longer axes for the same sums.
#pragma once
#include "tconv/problem.hpp"

namespace tconv {

// Joins neighbouring axes along which the kernel has one tap that meets each input once, where x
// and y lie in memory as if they were one axis: a 1x1 convolution becomes rows as long as planes.
// The freed axes come first, with extent 1. The sums and their order do not change.
Problem flattened(const Problem& problem);

}  // namespace tconv
