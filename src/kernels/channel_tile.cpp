#include "kernels/channel_tile.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channel_tile.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/channel_taps-inl.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"
#include "kernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

template <typename T>
HWY_INLINE std::byte* pixel_of(const ChannelTile<T>& tile, int m) {
  return tile.y + tile.y_offsets[m] * static_cast<std::int64_t>(sizeof(T));
}

template <typename T, int kPixels, int kVectors, bool kDepthwise, class Pixels>
HWY_NOINLINE void run_tile(const ChannelTile<T>& tile) {
  const hn::ScalableTag<T> d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Pixels x(tile);
  hn::Vec<decltype(d)> sums[kPixels][kVectors];
  clear(sums);
  if (tile.begun != nullptr) {
    TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        sums[m][v] = hn::Load(d, tile.begun + (m * kVectors + v) * lanes);
      }
    }
  }

  // The results' lines come while the sums are made; stores that had to wait for them would fill
  // the store queue.
  if (tile.y_row != nullptr) {
    for (std::int64_t c = 0; c < kVectors * lanes; ++c) {
      const std::byte* const row = tile.y_row + c * tile.y_pitch;
      hwy::Prefetch(row);
      hwy::Prefetch(row + kPixels * sizeof(T) - 1);
    }
  } else if (tile.y != nullptr) {
    for (int m = 0; m < kPixels; ++m) {
      const std::byte* const pixel = pixel_of(tile, m);
      hwy::Prefetch(pixel);
      hwy::Prefetch(pixel + kVectors * lanes * static_cast<std::int64_t>(sizeof(T)) - 1);
    }
  }

  hn::Mask<decltype(d)> present[kVectors];
  TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
    const std::int64_t left = tile.present - v * lanes;
    present[v] = hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(left, 0, lanes)));
  }

  if (tile.taps_count == 1 && tile.taps->w >= 0 && tile.w_channel == kTapBytes<T, kVectors>) {
    take_one_tap<kPixels, kVectors, kDepthwise>(tile, x, present, sums);
  } else if (tile.fetch_span == 0) {
    take_taps<kPixels, kVectors, kDepthwise, false>(tile, x, present, sums);
  } else {
    take_taps<kPixels, kVectors, kDepthwise, true>(tile, x, present, sums);
  }

  if (tile.bias != nullptr) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      const auto bias = hn::Load(d, tile.bias + v * lanes);
      TCONV_UNROLL for (int m = 0; m < kPixels; ++m) sums[m][v] = hn::Add(sums[m][v], bias);
    }
  }
  if (tile.relu) {
    TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) { sums[m][v] = relu(d, sums[m][v]); }
    }
  }
  if (tile.y_row != nullptr) return store_all_transposed<0, T>(sums, tile.y_row, tile.y_pitch);
  if (tile.y != nullptr) {
    TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
      T* const pixel = reinterpret_cast<T*>(pixel_of(tile, m));
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        hn::StoreU(sums[m][v], d, pixel + v * lanes);
      }
    }
    return;
  }
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

// So many addresses stay in registers.
constexpr int kAddressed = 7;
constexpr bool kMasks = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

template <typename T, int kVectors, int kPixels>
void run_pixels(const ChannelTile<T>& tile) {
  if constexpr (kPixels > 1) {
    if (tile.pixels < kPixels) return run_pixels<T, kVectors, kPixels - 1>(tile);
  }
  if constexpr (kMasks) {
    if (tile.depthwise) return run_tile<T, kPixels, kVectors, true, EachPixel<kPixels>>(tile);
  }
  if constexpr (kPixels > kAddressed) {
    if (tile.evenly) return run_tile<T, kPixels, kVectors, false, EvenPixels<kPixels>>(tile);
  }
  run_tile<T, kPixels, kVectors, false, EachPixel<kPixels>>(tile);
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
          .masks = kMasks,
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
