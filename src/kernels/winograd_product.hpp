// The innermost loop of Winograd's algorithm: for each point, a small product of matrices. T is
// float or double; `lanes` is one vector of them.
#pragma once
#include <cstdint>
#include <string_view>

namespace tconv::kernels {

// sums[r*row + c] (+)= sum over `blocks` blocks b and lanes i of
//   points[(b*pitch + r)*lanes + i] * w[((b*lanes + i)*vectors*lanes) + c]
// in that order, c over `vectors` vectors.
template <typename T>
struct WinogradProduct {
  const T* points = nullptr;
  std::int64_t pitch = 0;  // in vectors
  std::int64_t blocks = 0;
  const T* w = nullptr;
  int rows = 1;     // 1 .. tile_rows
  int vectors = 2;  // 1 or 2
  T* sums = nullptr;
  std::int64_t row = 0;  // elements
  bool more = false;     // add to what is there
};

// The kernel of the best instruction set this processor has.
template <typename T>
struct WinogradKernels {
  std::string_view target;
  int lanes = 1;
  int tile_rows = 1;  // most rows of a product
  void (*product)(const WinogradProduct<T>&) = nullptr;
};

const WinogradKernels<float>& winograd_kernels(float);
const WinogradKernels<double>& winograd_kernels(double);

}  // namespace tconv::kernels
