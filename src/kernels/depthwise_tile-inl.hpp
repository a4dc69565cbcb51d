// What the loops of depthwise_rows.hpp share. Included once per target, after highway.h.
#if defined(TCONV_KERNELS_DEPTHWISE_TILE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_DEPTHWISE_TILE_INL_HPP
#undef TCONV_KERNELS_DEPTHWISE_TILE_INL_HPP
#else
#define TCONV_KERNELS_DEPTHWISE_TILE_INL_HPP
#endif

#include <algorithm>

#include "kernels/depthwise_rows.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

// The bias and relu, and what exists of the tile's outputs into y.
template <typename T, class V, int kRows, int kVectors>
HWY_INLINE void finish(const DepthwiseRows<T>& a, std::int64_t first_row, std::int64_t column,
                       V (&sums)[kRows][kVectors]) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
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

// Calls wide(row, column) for each kDepthwiseRows rows of outputs and two vectors, and narrow for
// one vector at their end. A few whole rows after the other: y is written as it lies in memory.
template <int kStride, typename T, class Wide, class Narrow>
HWY_INLINE void for_tiles(const DepthwiseRows<T>& a, const Wide& wide, const Narrow& narrow) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr int kOutputs = kDepthwiseRows, kInputs = kOutputs * kStride * kStride;  // in vectors
  Fetch fetch(a.next);
  for (std::int64_t row = 0; row < a.rows; row += kDepthwiseRows) {
    std::int64_t column = 0;
    for (; a.columns - column > kLanes; column += 2 * kLanes) {
      fetch.some<2 * kInputs, 2 * kOutputs>();
      wide(row, column);
    }
    if (column >= a.columns) continue;
    fetch.some<kInputs, kOutputs>();
    narrow(row, column);
  }
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_DEPTHWISE_TILE_INL_HPP
