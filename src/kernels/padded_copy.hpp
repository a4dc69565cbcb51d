// Rows of x copied between zeros.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tconv::kernels {

// T is float or double. The copies lie `pitch` elements apart. At stride 2 the even elements of a
// row come first, and pitch/2 elements on the odd ones. Behind each part of a row are zeros, enough
// for the padding there and for that before the next part.
template <typename T>
struct PaddedCopy {
  T* to = nullptr;
  std::int64_t pitch = 0;
  const std::byte* x = nullptr;
  std::int64_t count = 0, step = 0, length = 0;  // rows, bytes from one to the next, elements
  T least = 0;                                   // of the magnitudes of elements that are not zero
};

// At a stride of 1 or 2. Whether no element was nearer to zero than `least`.
template <typename T>
using CopyPadded = bool(const PaddedCopy<T>&, std::int64_t stride);

// Null where the processor has no masked loads: a copy could touch memory beyond the tensor.
CopyPadded<float>* copy_padded(float);
CopyPadded<double>* copy_padded(double);

}  // namespace tconv::kernels
