#include "kernels/channel_tile.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channel_tile.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

template <typename T, int kPixels, int kVectors>
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
      TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
        const auto pixel = pinned(hn::Set(d, load_unaligned<T>(x[m] + at)));
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
          sums[m][v] = hn::MulAdd(pixel, w[v], sums[m][v]);
        }
      }
    }
    w_channel += tile.w_channel;
    x_channel += tile.x_channel;
  }

  TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      hn::Store(sums[m][v], d, tile.sums + (m * kVectors + v) * lanes);
    }
  }
}

template <typename T, int kVectors, int kPixels>
void run_pixels(const ChannelTile<T>& tile) {
  if constexpr (kPixels > 1) {
    if (tile.pixels < kPixels) return run_pixels<T, kVectors, kPixels - 1>(tile);
  }
  run_tile<T, kPixels, kVectors>(tile);
}

// Sums, two vectors of weights and one pixel fill the registers.
constexpr int kTilePixels = HWY_TARGET == HWY_AVX3 ? 14 : HWY_TARGET == HWY_NEON ? 12 : 6;

template <typename T>
void run(const ChannelTile<T>& tile) {
  if (tile.vectors == 1) return run_pixels<T, 1, kTilePixels>(tile);
  run_pixels<T, 2, kTilePixels>(tile);
}

template <typename T>
ChannelTileKernels<T> kernels_of() {
  return {.target = hwy::TargetName(HWY_TARGET),
          .lanes = static_cast<int>(hn::Lanes(hn::ScalableTag<T>())),
          .tile_pixels = kTilePixels,
          .run = run<T>};
}

ChannelTileKernels<float> kernels_f32() { return kernels_of<float>(); }
ChannelTileKernels<double> kernels_f64() { return kernels_of<double>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

HWY_EXPORT(kernels_f32);
HWY_EXPORT(kernels_f64);

const ChannelTileKernels<float>& channel_tile_kernels(float) {
  static const ChannelTileKernels<float> kernels = HWY_DYNAMIC_DISPATCH(kernels_f32)();
  return kernels;
}

const ChannelTileKernels<double>& channel_tile_kernels(double) {
  static const ChannelTileKernels<double> kernels = HWY_DYNAMIC_DISPATCH(kernels_f64)();
  return kernels;
}

}  // namespace tconv::kernels
#endif
