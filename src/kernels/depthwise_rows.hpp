// The innermost loops of a depthwise layer, over rows that lie between zeros
// (kernels/padded_copy.hpp): every tap of every output is one load away, and no lane is ever passed
// over.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tconv::kernels {

// Rows that a kernel has to have for the loop of tall ones.
inline constexpr std::int64_t kTallKernel = 8;

// Taps, and the stride of a row: that of the rows, too, but for a kernel of one row, which takes
// every row.
struct DepthwiseKernel {
  std::int64_t rows = 1, columns = 1, stride = 1;

  // Kernels of 3x3, 5x5 and 7x7 taps at strides of 1 and 2 have loops, unrolled over all taps;
  // those of one row, of any length, have one for all, and so have tall ones.
  bool has_loop() const {
    const bool unrolled = rows == columns && (rows == 3 || rows == 5 || rows == 7);
    return (unrolled || rows == 1 || rows >= kTallKernel) && (stride == 1 || stride == 2);
  }
};

// What will be copied next, and where its results go: fetched meanwhile. No bytes: nothing is.
struct NextRows {
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  std::int64_t bytes = 0;  // of x
};

// T is float or double:
// y[p][q] = relu(sum_{i,j} row(p*stride + i)[tap(q, j)] * w[i*columns + j] + bias), where tap(q, j)
// is q + j at stride 1, and else q + j/2 of the even taps or `odd` elements on of the odd ones.
template <typename T>
struct DepthwiseRows {
  const T* x = nullptr;  // what tap 0 of y[0][0] meets, or a zero
  std::int64_t pitch = 0, odd = 0;
  const T* w = nullptr;
  T bias = 0;  // -0 changes nothing
  bool relu = false;
  std::byte* y = nullptr;
  std::int64_t y_pitch = 0;  // bytes
  std::int64_t rows = 0, columns = 0;
  NextRows next{};
};

template <typename T>
struct DepthwiseKernels {
  std::string_view target;
  std::int64_t lanes = 1;
  // Whether there are such loops: loads may pass over lanes without touching memory.
  bool masks = false;
  void (*run)(const DepthwiseRows<T>&, const DepthwiseKernel&) = nullptr;
};

// run() reads as if y had a multiple of so many rows, and both a whole vector at the end of each.
inline constexpr std::int64_t kDepthwiseRows = 8;

const DepthwiseKernels<float>& depthwise_kernels(float);
const DepthwiseKernels<double>& depthwise_kernels(double);

}  // namespace tconv::kernels
