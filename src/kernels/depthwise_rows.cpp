#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise_rows.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "kernels/depthwise_long-inl.hpp"
#include "kernels/depthwise_rows.hpp"
#include "kernels/depthwise_tile-inl.hpp"
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
  clear(sums);
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
  finish(a, first_row, column, sums);
}

template <typename T, int kKernel, int kStride>
HWY_NOINLINE void run_rows(const DepthwiseRows<T>& a) {
  const auto wide = [&](std::int64_t row, std::int64_t column) HWY_ATTR TCONV_INLINED {
    run_tile<T, kKernel, kStride, 4, 2>(a, row, column);
    if (row + 4 < a.rows) run_tile<T, kKernel, kStride, 4, 2>(a, row + 4, column);
  };
  const auto narrow = [&](std::int64_t row, std::int64_t column) HWY_ATTR TCONV_INLINED {
    run_tile<T, kKernel, kStride, kDepthwiseRows, 1>(a, row, column);
  };
  for_tiles<kStride>(a, wide, narrow);
}

template <typename T>
void run(const DepthwiseRows<T>& a, const DepthwiseKernel& kernel) {
  const bool one = kernel.stride == 1;
  if (kernel.rows == 1) return run_row<T>(a, kernel.columns, kernel.stride);
  const bool tall = kernel.rows >= kTallKernel;
  if (tall) return one ? run_tall<T, 1>(a, kernel) : run_tall<T, 2>(a, kernel);
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
