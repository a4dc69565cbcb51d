#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise_rows.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include <algorithm>

#include "kernels/depthwise_rows.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

// Loads of many weights stay where they are used: kept for the next row they would fill the
// registers.
template <int kKernel, typename T>
HWY_INLINE const T* not_kept(const T* w) {
  if (HWY_TARGET == HWY_AVX3 && kKernel == 3) return w;
  return reinterpret_cast<const T*>(in_register(reinterpret_cast<const std::byte*>(w)));
}

template <typename T, int kKernel, int kStride, int kRows, int kVectors>
HWY_INLINE void run_tile(const DepthwiseRows<T>& a, std::int64_t first_row, std::int64_t column) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  const T* row = a.x + first_row * kStride * a.pitch + column;
  const T* w = a.w;
  V sums[kRows][kVectors];
  TCONV_UNROLL for (int p = 0; p < kRows; ++p) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[p][v] = hn::Zero(d);
  }
  TCONV_UNROLL for (int r = 0; r < (kRows - 1) * kStride + kKernel; ++r) {
    w = not_kept<kKernel>(w);
    TCONV_UNROLL for (int j = 0; j < kKernel; ++j) {
      const T* const at = row + (j % kStride == 0 ? 0 : a.odd) + j / kStride;
      V x[kVectors];
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) x[v] = pinned(hn::LoadU(d, at + v * kLanes));
      TCONV_UNROLL for (int p = 0; p < kRows; ++p) {
        const int i = r - p * kStride;
        if (i < 0 || i >= kKernel) continue;
        const V weight = hn::Set(d, w[i * kKernel + j]);
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
          sums[p][v] = hn::MulAdd(x[v], weight, sums[p][v]);
        }
      }
    }
    row += a.pitch;
  }
  const V bias = hn::Set(d, a.bias);
  TCONV_UNROLL for (int p = 0; p < kRows; ++p) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[p][v] = hn::Add(sums[p][v], bias);
  }
  if (a.relu) {
    TCONV_UNROLL for (int p = 0; p < kRows; ++p) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) { sums[p][v] = relu(d, sums[p][v]); }
    }
  }
  const std::int64_t last = a.columns - column - (kVectors - 1) * kLanes;
  const auto mask =
      hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(last, 0, kLanes)));
  const std::int64_t rows = a.rows - first_row;
  std::byte* y = a.y + first_row * a.y_pitch + column * static_cast<std::int64_t>(sizeof(T));
  TCONV_UNROLL for (int p = 0; p < kRows; ++p) {
    if (p >= rows) return;
    T* const to = reinterpret_cast<T*>(y);
    TCONV_UNROLL for (int v = 0; v + 1 < kVectors; ++v) hn::StoreU(sums[p][v], d, to + v * kLanes);
    hn::BlendedStore(sums[p][kVectors - 1], mask, d, to + (kVectors - 1) * kLanes);
    y += a.y_pitch;
  }
}

// Fetches, tile by tile, as much as a tile's outputs are made of, and where as many will go: into
// the second cache, since the first is full.
class Fetch {
 public:
  explicit Fetch(const NextRows& next) : next_(next) {}
  template <int kInputs, int kOutputs>  // lines of the cache
  HWY_INLINE void some() {
    if (next_.bytes <= 0) return;
    constexpr std::int64_t kLine = 64;
    TCONV_UNROLL for (int l = 0; l < kInputs; ++l) {
      __builtin_prefetch(next_.x + l * kLine, 0, 2);
    }
    TCONV_UNROLL for (int l = 0; l < kOutputs; ++l) {
      __builtin_prefetch(next_.y + l * kLine, 1, 2);
    }
    next_.x += kInputs * kLine;
    next_.y += kOutputs * kLine;
    next_.bytes -= kInputs * kLine;
  }

 private:
  NextRows next_;
};

template <typename T, int kKernel, int kStride>
HWY_NOINLINE void run_rows(const DepthwiseRows<T>& a) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr int kOutputs = 8, kInputs = kOutputs * kStride * kStride;  // of a tile, in vectors
  Fetch fetch(a.next);
  // A few whole rows after the other: y is written as it lies in memory.
  for (std::int64_t row = 0; row < a.rows; row += 8) {
    std::int64_t column = 0;
    for (; a.columns - column > kLanes; column += 2 * kLanes) {
      fetch.some<2 * kInputs, 2 * kOutputs>();
      run_tile<T, kKernel, kStride, 4, 2>(a, row, column);
      if (row + 4 < a.rows) run_tile<T, kKernel, kStride, 4, 2>(a, row + 4, column);
    }
    if (column >= a.columns) continue;
    fetch.some<kInputs, kOutputs>();
    run_tile<T, kKernel, kStride, 8, 1>(a, row, column);
  }
}

// Every load serves one sum: a load that crosses a line of the cache, as most do, takes as long as
// two multiply-adds, and so many sums hide the rest.
template <typename T, int kVectors>
HWY_INLINE void run_stretch(const DepthwiseRows<T>& a, const T* x, std::int64_t kernel,
                            std::int64_t stride, T* y, std::int64_t columns) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  V sums[kVectors];
  TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  for (std::int64_t j = 0; j < kernel; ++j) {
    const T* const at = stride == 1 ? x + j : x + (j % 2 == 0 ? 0 : a.odd) + j / 2;
    const V weight = hn::Set(d, a.w[j]);
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      sums[v] = hn::MulAdd(hn::LoadU(d, at + v * kLanes), weight, sums[v]);
    }
  }
  const V bias = hn::Set(d, a.bias);
  const std::int64_t last = columns - (kVectors - 1) * kLanes;
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(std::min(last, kLanes)));
  TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
    sums[v] = hn::Add(sums[v], bias);
    if (a.relu) sums[v] = relu(d, sums[v]);
    if (v + 1 < kVectors) hn::StoreU(sums[v], d, y + v * kLanes);
  }
  hn::BlendedStore(sums[kVectors - 1], mask, d, y + (kVectors - 1) * kLanes);
}

template <typename T>
void run_row(const DepthwiseRows<T>& a, std::int64_t kernel, std::int64_t stride) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  Fetch fetch(a.next);
  for (std::int64_t row = 0; row < a.rows; ++row) {
    const T* const x = a.x + row * a.pitch;
    T* const y = reinterpret_cast<T*>(a.y + row * a.y_pitch);
    for (std::int64_t column = 0; column < a.columns;) {
      const std::int64_t left = a.columns - column;
      fetch.some<8, 8>();
      if (left > 7 * kLanes) {
        run_stretch<T, 8>(a, x + column, kernel, stride, y + column, left);
        column += 8 * kLanes;
      } else if (left > 3 * kLanes) {
        run_stretch<T, 4>(a, x + column, kernel, stride, y + column, left);
        column += 4 * kLanes;
      } else if (left > kLanes) {
        run_stretch<T, 2>(a, x + column, kernel, stride, y + column, left);
        column += 2 * kLanes;
      } else {
        run_stretch<T, 1>(a, x + column, kernel, stride, y + column, left);
        column += kLanes;
      }
    }
  }
}

template <typename T>
void run(const DepthwiseRows<T>& a, const DepthwiseKernel& kernel) {
  const bool one = kernel.stride == 1;
  if (kernel.rows == 1) return run_row<T>(a, kernel.columns, kernel.stride);
  if (kernel.rows == 3) return one ? run_rows<T, 3, 1>(a) : run_rows<T, 3, 2>(a);
  if (kernel.rows == 5) return one ? run_rows<T, 5, 1>(a) : run_rows<T, 5, 2>(a);
  return one ? run_rows<T, 7, 1>(a) : run_rows<T, 7, 2>(a);
}

#endif

template <typename T>
const DepthwiseKernels<T>& kernels_of() {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  static constexpr DepthwiseKernels<T> kKernels = {
      .target = kTargetName,
      .lanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>())),
      .masks = true,
      .run = run<T>};
#else
  static constexpr DepthwiseKernels<T> kKernels = {};
#endif
  return kKernels;
}

const DepthwiseKernels<float>& depthwise_f32() { return kernels_of<float>(); }
const DepthwiseKernels<double>& depthwise_f64() { return kernels_of<double>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const DepthwiseKernels<float>& depthwise_kernels(float) { return TCONV_DISPATCH(depthwise_f32)(); }
const DepthwiseKernels<double>& depthwise_kernels(double) {
  return TCONV_DISPATCH(depthwise_f64)();
}

}  // namespace tconv::kernels
#endif
