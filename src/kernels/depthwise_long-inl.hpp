// The loops of depthwise_rows.hpp for kernels of many taps. Included once per target, after
// highway.h.
#if defined(TCONV_KERNELS_DEPTHWISE_LONG_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_DEPTHWISE_LONG_INL_HPP
#undef TCONV_KERNELS_DEPTHWISE_LONG_INL_HPP
#else
#define TCONV_KERNELS_DEPTHWISE_LONG_INL_HPP
#endif

#include <algorithm>
#include <utility>

#include "kernels/depthwise_rows.hpp"
#include "kernels/depthwise_tile-inl.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

// Rows of outputs of a tile. An input that is loaded once serves them all: most loads cross a line
// of the cache and take longer than two multiply-adds. 31x31 over 56x56 on a Xeon: 5.2 ms with
// tiles of 4 rows by 4 vectors, 4.9 with 8 by 2.
template <int kStride>
constexpr int kTallRows = HWY_TARGET == HWY_AVX3 ? 8 / kStride : 4;

// What a row of inputs adds to the rows of outputs from kFirst to kLast, of which number 0 meets it
// with the weights at `w`, and each other with those kStride rows of the kernel before.
template <int kFirst, int kLast, int kStride, typename T, class V, int kRows, int kVectors>
HWY_INLINE void take_row(const DepthwiseRows<T>& a, const T* x, const T* w, std::int64_t columns,
                         V (&sums)[kRows][kVectors]) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  const auto take = [&](std::int64_t j, const T* at) HWY_ATTR {
    V inputs[kVectors];
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      inputs[v] = pinned(hn::LoadU(d, at + v * kLanes));
    }
    TCONV_UNROLL for (int p = kFirst; p <= kLast; ++p) {
      const V weight = hn::Set(d, w[j - p * kStride * columns]);
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        sums[p][v] = hn::MulAdd(inputs[v], weight, sums[p][v]);
      }
    }
  };
  const T* const odd = x + a.odd;
  for (std::int64_t j = 0; j < columns; j += kStride) {
    take(j, x + j / kStride);
    if (kStride == 2 && j + 1 < columns) take(j + 1, odd + j / 2);
  }
}

// Calls take for the rows of outputs that meet a row of inputs: from the first of a tile on, or to
// the last.
template <int kLast, class Take>
HWY_INLINE void for_first_rows(std::int64_t last, const Take& take) {
  if constexpr (kLast > 0) {
    if (last < kLast) return for_first_rows<kLast - 1>(last, take);
  }
  take(std::integer_sequence<int, 0, kLast>());
}
template <int kFirst, int kLast, class Take>
HWY_INLINE void for_last_rows(std::int64_t first, const Take& take) {
  if constexpr (kFirst < kLast) {
    if (first > kFirst) return for_last_rows<kFirst + 1, kLast>(first, take);
  }
  take(std::integer_sequence<int, kFirst, kLast>());
}

template <typename T, int kStride, int kVectors>
HWY_NOINLINE void run_tile(const DepthwiseRows<T>& a, const DepthwiseKernel& kernel,
                           std::int64_t first_row, std::int64_t column) {
  constexpr int kRows = kTallRows<kStride>, kReach = (kRows - 1) * kStride;
  static_assert(kReach < kTallKernel);  // the last output begins before the first has ended
  const T* x = a.x + first_row * kStride * a.pitch + column;
  const T* w = a.w;
  hn::Vec<hn::ScalableTag<T>> sums[kRows][kVectors];
  clear(sums);
  const auto take = [&]<int kFirst, int kLast>(std::integer_sequence<int, kFirst, kLast>) HWY_ATTR {
    take_row<kFirst, kLast, kStride>(a, x, w, kernel.columns, sums);
  };
  for (std::int64_t r = 0; r < kReach + kernel.rows; ++r) {
    if (r < kernel.rows) {
      for_first_rows<kRows - 1>(r / kStride, take);
    } else {
      for_last_rows<1, kRows - 1>((r - kernel.rows) / kStride + 1, take);
    }
    x += a.pitch;
    w += kernel.columns;
  }
  finish(a, first_row, column, sums);
}

template <typename T, int kStride, int kVectors>
HWY_INLINE void run_tiles(const DepthwiseRows<T>& a, const DepthwiseKernel& kernel,
                          std::int64_t row, std::int64_t column) {
  static_assert(kDepthwiseRows % kTallRows<kStride> == 0);
  const std::int64_t end = std::min(row + kDepthwiseRows, a.rows);
  for (; row < end; row += kTallRows<kStride>) {
    run_tile<T, kStride, kVectors>(a, kernel, row, column);
  }
}

// Kernels of kTallKernel rows or more.
template <typename T, int kStride>
void run_tall(const DepthwiseRows<T>& a, const DepthwiseKernel& kernel) {
  const auto wide = [&](std::int64_t row, std::int64_t column)
                        HWY_ATTR { run_tiles<T, kStride, 2>(a, kernel, row, column); };
  const auto narrow = [&](std::int64_t row, std::int64_t column)
                          HWY_ATTR { run_tiles<T, kStride, 1>(a, kernel, row, column); };
  for_tiles<kStride>(a, wide, narrow);
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

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_DEPTHWISE_LONG_INL_HPP
