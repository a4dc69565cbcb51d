#include "kernels/channel_tile.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channel_tile.cpp"
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

// Vectors are transposed within their blocks of 16 bytes, the unit that every x86 target shuffles
// in one instruction, and stored block by block.
#if HWY_TARGET == HWY_SCALAR
template <typename T>
constexpr int kBlockLanes = 1;

template <int kFirst, typename T, class V, int kPixels, int kVectors>
void store_transposed(const V (&sums)[kPixels][kVectors], int v, T* to) {
  hn::Store(sums[kFirst][v], hn::ScalableTag<T>(), to);
}
#else
template <typename T>
constexpr int kBlockLanes = 16 / static_cast<int>(sizeof(T));

// Block number b of v goes to row b*kBlockLanes.
template <class D, class V>
HWY_INLINE void store_blocks(D d, V v, hn::TFromD<D>* to) {
  if constexpr (hn::MaxLanes(D()) == kBlockLanes<hn::TFromD<D>>) {
    hn::StoreU(v, d, to);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, v), to);
    store_blocks(half, hn::UpperHalf(half, v), to + hn::MaxLanes(D()) / 2 * kTileRow);
  }
}

// One block of pixels from kFirst: lane c of pixel m goes to to[c*kTileRow + m - kFirst].
template <int kFirst, typename T, class V, int kPixels, int kVectors>
HWY_INLINE void store_transposed(const V (&sums)[kPixels][kVectors], int v, T* to) {
  const hn::ScalableTag<T> d;
  const V p0 = sums[kFirst][v];
  const V p1 = kFirst + 1 < kPixels ? sums[std::min(kFirst + 1, kPixels - 1)][v] : hn::Zero(d);
  if constexpr (kBlockLanes<T> == 2) {
    store_blocks(d, hn::InterleaveLower(d, p0, p1), to);
    store_blocks(d, hn::InterleaveUpper(d, p0, p1), to + kTileRow);
  } else {
    const V p2 = kFirst + 2 < kPixels ? sums[std::min(kFirst + 2, kPixels - 1)][v] : hn::Zero(d);
    const V p3 = kFirst + 3 < kPixels ? sums[std::min(kFirst + 3, kPixels - 1)][v] : hn::Zero(d);
    const V low02 = hn::InterleaveLower(d, p0, p2), low13 = hn::InterleaveLower(d, p1, p3);
    const V high02 = hn::InterleaveUpper(d, p0, p2), high13 = hn::InterleaveUpper(d, p1, p3);
    store_blocks(d, hn::InterleaveLower(d, low02, low13), to);
    store_blocks(d, hn::InterleaveUpper(d, low02, low13), to + kTileRow);
    store_blocks(d, hn::InterleaveLower(d, high02, high13), to + 2 * kTileRow);
    store_blocks(d, hn::InterleaveUpper(d, high02, high13), to + 3 * kTileRow);
  }
}
#endif

template <int kFirst, typename T, class V, int kPixels, int kVectors>
HWY_INLINE void store_all_transposed(const V (&sums)[kPixels][kVectors], T* to) {
  if constexpr (kFirst < kPixels) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      const auto rows = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));
      store_transposed<kFirst>(sums, v, to + v * rows * kTileRow + kFirst);
    }
    store_all_transposed<kFirst + kBlockLanes<T>>(sums, to);
  }
}

// With kSome, a tap passes over the pixels that do not meet it; which ones repeats from channel to
// channel, so the branches are foreseen.
template <typename T, int kPixels, int kVectors, bool kSome>
HWY_NOINLINE void run_tile(const ChannelTile<T>& tile) {
  const hn::ScalableTag<T> d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::byte* x[kPixels];
  for (int m = 0; m < kPixels; ++m) x[m] = tile.x[m];
  hn::Vec<decltype(d)> sums[kPixels][kVectors];
  TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[m][v] = hn::Zero(d);
  }

  const TapOffset* const end = tile.taps + tile.taps_count;
  const std::byte* w_channel = tile.w;
  std::int64_t x_channel = 0;
  for (std::int64_t i = 0; i < tile.channels; ++i) {
    for (const TapOffset* tap = tile.taps; tap != end; ++tap) {
      const T* const w_tap = reinterpret_cast<const T*>(w_channel + tap->w);
      hn::Vec<decltype(d)> w[kVectors];
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) w[v] = pinned(hn::Load(d, w_tap + v * lanes));
      const std::int64_t at = x_channel + tap->x;
      hwy::Prefetch(x[0] + at + tile.x_ahead);
      hwy::Prefetch(x[kPixels - 1] + at + tile.x_ahead);
      TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
        if (kSome && (tap->pixels & (1U << m)) == 0) continue;
        const auto pixel = pinned(hn::Set(d, load_unaligned<T>(x[m] + at)));
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
          sums[m][v] = hn::MulAdd(pixel, w[v], sums[m][v]);
        }
      }
    }
    w_channel += tile.w_channel;
    x_channel += tile.x_channel;
  }

  if (tile.bias != nullptr) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      const auto bias = hn::Load(d, tile.bias + v * lanes);
      TCONV_UNROLL for (int m = 0; m < kPixels; ++m) sums[m][v] = hn::Add(sums[m][v], bias);
    }
  }
  if (tile.relu) {
    const auto zero = hn::Zero(d);
    TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        sums[m][v] = hn::IfThenElse(hn::Lt(sums[m][v], zero), zero, sums[m][v]);  // NaN stays
      }
    }
  }
  if (tile.transposed) return store_all_transposed<0>(sums, tile.results);
  TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      hn::Store(sums[m][v], d, tile.results + (m * kVectors + v) * lanes);
    }
  }
}

template <typename T>
void copy(const RowCopy<T>& rows) {
  const hn::ScalableTag<T> d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t whole = rows.count / lanes * lanes;
  const auto rest = hn::FirstN(d, static_cast<std::size_t>(rows.count - whole));
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    const T* const from = rows.from + r * rows.from_pitch;
    T* const to = reinterpret_cast<T*>(rows.to + r * rows.to_pitch);
    for (std::int64_t i = 0; i < whole; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    if (whole < rows.count) hn::BlendedStore(hn::LoadU(d, from + whole), rest, d, to + whole);
  }
}

template <typename T, int kVectors, int kPixels>
void run_pixels(const ChannelTile<T>& tile) {
  if constexpr (kPixels > 1) {
    if (tile.pixels < kPixels) return run_pixels<T, kVectors, kPixels - 1>(tile);
  }
  if (tile.all_pixels) return run_tile<T, kPixels, kVectors, false>(tile);
  run_tile<T, kPixels, kVectors, true>(tile);
}

// Sums, two vectors of weights and one pixel fill the registers.
constexpr int kTilePixels = HWY_TARGET == HWY_AVX3 ? 14 : HWY_TARGET == HWY_NEON ? 12 : 6;

template <typename T>
void run(const ChannelTile<T>& tile) {
  if (tile.vectors == 1) return run_pixels<T, 1, kTilePixels>(tile);
  run_pixels<T, 2, kTilePixels>(tile);
}

template <typename T>
constexpr ChannelTileKernels<T> kernels_of() {
  return {.target = kTargetName,
          .lanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>())),
          .tile_pixels = kTilePixels,
          .run = run<T>,
          .copy = copy<T>};
}

const ChannelTileKernels<float>& kernels_f32() {
  static constexpr ChannelTileKernels<float> kKernels = kernels_of<float>();
  return kKernels;
}

const ChannelTileKernels<double>& kernels_f64() {
  static constexpr ChannelTileKernels<double> kKernels = kernels_of<double>();
  return kKernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const ChannelTileKernels<float>& channel_tile_kernels(float) {
  return TCONV_DISPATCH(kernels_f32)();
}
const ChannelTileKernels<double>& channel_tile_kernels(double) {
  return TCONV_DISPATCH(kernels_f64)();
}

}  // namespace tconv::kernels
#endif
