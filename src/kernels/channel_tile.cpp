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
#include "kernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

// Where a tap finds the pixels of a tile: an address for each.
template <int kPixels>
class EachPixel {
 public:
  template <typename T>
  explicit EachPixel(const ChannelTile<T>& tile) {
    for (int m = 0; m < kPixels; ++m) x_[m] = in_register(tile.x[m]);
  }

  HWY_INLINE void next_channel(std::int64_t step) { channel_ += step; }
  HWY_INLINE void at_tap(std::int64_t x) { at_ = channel_ + x; }
  HWY_INLINE const std::byte* operator[](int m) const { return x_[m] + at_; }

 private:
  const std::byte* x_[kPixels];
  std::int64_t channel_ = 0, at_ = 0;
};

// The same where the pixels are evenly apart: m is an odd number times 1, 2, 4 or 8, which is how
// an instruction may scale a register. The odd multiples of the step are half as many registers as
// the pixels' addresses, which do not all fit.
template <int kPixels>
class EvenPixels {
 public:
  template <typename T>
  explicit EvenPixels(const ChannelTile<T>& tile) : channel_(tile.x[0]) {
    for (int i = 0; i < kOdd; ++i) odd_[i] = in_register((2 * i + 1) * tile.x_step);
  }

  HWY_INLINE void next_channel(std::int64_t step) { channel_ += step; }
  HWY_INLINE void at_tap(std::int64_t x) { tap_ = channel_ + x; }
  HWY_INLINE const std::byte* operator[](int m) const {
    if (m == 0) return tap_;
    int scale = 1;
    while (m / scale % 2 == 0) scale *= 2;
    return tap_ + odd_[m / scale / 2] * scale;
  }

 private:
  static constexpr int kOdd = kPixels / 2;
  const std::byte *channel_, *tap_ = nullptr;
  std::int64_t odd_[kOdd];
};

// Weights stream from the second cache, whose latency some eight taps hide.
constexpr std::int64_t kWeightsAhead = 1024;

// Which pixels of a tile meet a tap. The one at either end of a padded row mostly is alone in
// missing it, and is then left out without asking for each pixel.
enum class Meet { All, NotFirst, NotLast, Some };

// One tap of one input channel. Which pixels meet it repeats from channel to channel, so that the
// branches are foreseen.
template <typename T, int kPixels, int kVectors, Meet kMeet, bool kDepthwise, class Pixels,
          class Sums, class Present>
HWY_INLINE void take_tap(const Pixels& x, const std::byte* w_at, std::uint32_t pixels,
                         const Present& present, Sums& sums) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* const w_tap = reinterpret_cast<const T*>(w_at);
  hn::Vec<decltype(d)> w[kVectors];
  TCONV_UNROLL for (int v = 0; v < kVectors; ++v) w[v] = pinned(hn::Load(d, w_tap + v * lanes));
  constexpr std::size_t kBytes = kVectors * hn::MaxLanes(d) * sizeof(T), kLine = 64;
  TCONV_UNROLL for (std::size_t b = 0; b < kBytes; b += kLine) {
    hwy::Prefetch(w_at + kWeightsAhead + b);
  }
  constexpr int kFirst = kMeet == Meet::NotFirst ? 1 : 0;
  constexpr int kEnd = kMeet == Meet::NotLast ? kPixels - 1 : kPixels;
  TCONV_UNROLL for (int m = kFirst; m < kEnd; ++m) {
    if (kMeet == Meet::Some && (pixels & (1U << m)) == 0) continue;
    if constexpr (kDepthwise) {
      const T* const channels = reinterpret_cast<const T*>(x[m]);
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        const auto pixel = hn::MaskedLoad(present[v], d, channels + v * lanes);
        sums[m][v] = hn::MulAdd(pixel, w[v], sums[m][v]);
      }
    } else {
      const auto pixel = pinned(hn::Set(d, load_unaligned<T>(x[m])));
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        sums[m][v] = hn::MulAdd(pixel, w[v], sums[m][v]);
      }
    }
  }
}

// All taps of all channels. The body of the loop has to do with 22 loads, prefetches included, for
// a Xeon to make its 28 multiply-adds in 14 cycles: with 23 it takes 15.
template <int kPixels, int kVectors, bool kDepthwise, bool kSpan, typename T, class Pixels,
          class Sums, class Present>
HWY_INLINE void take_taps(const ChannelTile<T>& tile, Pixels& x, const Present& present,
                          Sums& sums) {
  constexpr std::uint32_t kAll = (1U << kPixels) - 1;
  const TapOffset* const end = tile.taps + tile.taps_count;
  const std::byte* w_channel = tile.w;
  for (std::int64_t i = 0; i < tile.channels; ++i) {
    for (const TapOffset* tap = tile.taps; tap != end; ++tap) {
      x.at_tap(tap->x);
      const std::byte* const fetch = x[0] + tap->fetch;
      hwy::Prefetch(fetch);
      if (kSpan) hwy::Prefetch(fetch + tile.fetch_span);
      const auto take = [&]<Meet kMeet>(std::int64_t w) HWY_ATTR {
        take_tap<T, kPixels, kVectors, kMeet, kDepthwise>(x, w_channel + w, tap->pixels, present,
                                                          sums);
      };
      if (tap->w >= 0) {
        take.template operator()<Meet::All>(tap->w);
      } else if (tap->pixels == kAll - 1) {
        take.template operator()<Meet::NotFirst>(~tap->w);
      } else if (tap->pixels == kAll / 2) {
        take.template operator()<Meet::NotLast>(~tap->w);
      } else {
        take.template operator()<Meet::Some>(~tap->w);
      }
    }
    w_channel += tile.w_channel;
    x.next_channel(tile.x_channel);
  }
}

// The same for a single tap that every pixel meets, without a loop in the loop. What changes from
// channel to channel is as little as fits into the registers.
template <int kPixels, int kVectors, bool kDepthwise, typename T, class Pixels, class Sums,
          class Present>
HWY_INLINE void take_one_tap(const ChannelTile<T>& tile, Pixels& x, const Present& present,
                             Sums& sums) {
  constexpr std::size_t kTapBytes = kVectors * hn::MaxLanes(hn::ScalableTag<T>()) * sizeof(T);
  const std::byte* w_at = tile.w + tile.taps->w;
  const std::byte* const w_end = w_at + tile.channels * static_cast<std::int64_t>(kTapBytes);
  const std::int64_t fetch = tile.taps->fetch, fetch_last = fetch + tile.fetch_span;
  x.next_channel(tile.taps->x);
  for (; w_at != w_end; w_at += kTapBytes) {
    x.at_tap(0);
    hwy::Prefetch(x[0] + fetch);
    hwy::Prefetch(x[0] + fetch_last);
    take_tap<T, kPixels, kVectors, Meet::All, kDepthwise>(x, w_at, 0, present, sums);
    x.next_channel(tile.x_channel);
  }
}

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
  TCONV_UNROLL for (int m = 0; m < kPixels; ++m) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[m][v] = hn::Zero(d);
  }
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

  constexpr auto kTapBytes = static_cast<std::int64_t>(kVectors * hn::MaxLanes(d) * sizeof(T));
  if (tile.taps_count == 1 && tile.taps->w >= 0 && tile.w_channel == kTapBytes) {
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
