// Running one convolution problem.
#pragma once
#include <cstddef>
#include <cstdint>

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

// Fills every element of y. Fails with ShapeMismatch where output_extents fails, and with
// DTypeMismatch where the
// dtype is not a floating one; then nothing is written.
Result<void> convolve(const Problem& problem, const Operands& operands);

// A dense matrix whose rows lie along a tensor's last axis.
struct Rows {
  DType dtype = DType::Float32;
  std::int64_t count = 0;
  std::int64_t length = 0;
  const std::byte* from = nullptr;
  std::byte* to = nullptr;  // may equal from
};

// Applies the activation to each row; `to` has count * activated_length elements.
// Fails where activated_length fails, and with DTypeMismatch where the dtype is not floating.
Result<void> activate_last_axis(LastAxisActivation activation, const Rows& rows);

}  // namespace tconv
