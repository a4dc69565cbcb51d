// Elements of pixels that have their channels side by side, copied to channels that have their
// pixels side by side.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tconv::kernels {

// Channel c of pixel m goes from element c at from + m*from_pitch bytes, which may lie unaligned,
// to to[c*to_pitch + m].
template <typename T>
struct TransposedCopy {
  const std::byte* from = nullptr;
  std::int64_t from_pitch = 0;  // bytes
  std::int64_t pixels = 0, channels = 0;
  T* to = nullptr;
  std::int64_t to_pitch = 0;  // elements
};

void copy_transposed(const TransposedCopy<float>& copy);
void copy_transposed(const TransposedCopy<double>& copy);

}  // namespace tconv::kernels
