#include "kernels/winograd_product.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_product.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

template <typename T>
constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));

template <typename T, int kRows, int kVectors>
HWY_NOINLINE void run_tile(const WinogradProduct<T>& product) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> sums[kRows][kVectors];
  TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(d);
  }
  if (product.more) {
    TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::Load(d, product.sums + r * product.row + v * kLanes<T>);
      }
    }
  }
  const T* w = product.w;
  const T* block = product.points;
  for (std::int64_t b = 0; b < product.blocks; ++b) {
    // Unrolled, sums of AVX2 spill.
    _Pragma("GCC unroll 1") for (const T* x = block; x != block + kLanes<T>; ++x) {
      hn::Vec<decltype(d)> weights[kVectors];
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        weights[v] = pinned(hn::Load(d, w + v * kLanes<T>));
      }
      // Weights that fill a shared cache need more notice than the processor's own prefetching
      // gives: with 16 steps, 512 channels are a fifth slower.
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        hwy::Prefetch(w + (40 * kVectors + v) * kLanes<T>);
      }
      w += kVectors * kLanes<T>;
      TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
        const auto one = pinned(hn::Set(d, x[r * kLanes<T>]));
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
          sums[r][v] = hn::MulAdd(one, weights[v], sums[r][v]);
        }
      }
    }
    block += product.pitch * kLanes<T>;
  }
  TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      hn::Store(sums[r][v], d, product.sums + r * product.row + v * kLanes<T>);
    }
  }
}

// Sums, two vectors of weights and one point fill the registers.
constexpr int kTileRows = HWY_TARGET == HWY_AVX3 ? 14 : HWY_TARGET == HWY_NEON ? 12 : 6;

template <typename T, int kVectors, int kRows>
void run_rows(const WinogradProduct<T>& product) {
  if constexpr (kRows > 1) {
    if (product.rows < kRows) return run_rows<T, kVectors, kRows - 1>(product);
  }
  run_tile<T, kRows, kVectors>(product);
}

template <typename T>
void product(const WinogradProduct<T>& product) {
  if (product.vectors == 1) return run_rows<T, 1, kTileRows>(product);
  run_rows<T, 2, kTileRows>(product);
}

template <typename T>
constexpr WinogradKernels<T> kernels_of() {
  return {.target = kTargetName,
          .lanes = static_cast<int>(kLanes<T>),
          .tile_rows = kTileRows,
          .product = product<T>};
}

const WinogradKernels<float>& winograd_f32() {
  static constexpr WinogradKernels<float> kKernels = kernels_of<float>();
  return kKernels;
}

const WinogradKernels<double>& winograd_f64() {
  static constexpr WinogradKernels<double> kKernels = kernels_of<double>();
  return kKernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const WinogradKernels<float>& winograd_kernels(float) { return TCONV_DISPATCH(winograd_f32)(); }
const WinogradKernels<double>& winograd_kernels(double) { return TCONV_DISPATCH(winograd_f64)(); }

}  // namespace tconv::kernels
#endif
