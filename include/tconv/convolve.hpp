// Running one convolution problem.
#pragma once
#include <cstddef>

#include "tconv/problem.hpp"

namespace tconv {

// First elements of the tensors of a problem, which says their dtype and strides. Elements are in
// the machine's byte order and may lie unaligned. bias is [out_channels], dense, and null unless
// problem.has_bias. y must not overlap the others.
struct Operands {
  const std::byte* x = nullptr;
  const std::byte* w = nullptr;
  const std::byte* bias = nullptr;
  std::byte* y = nullptr;
};

// Fills every element of y. Fails with Shape where output_extents fails, and with DType where the
// dtype is not a floating one; then nothing is written.
Result<void> convolve(const Problem& problem, const Operands& operands);

}  // namespace tconv
