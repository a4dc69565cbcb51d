// The innermost loops of channel_tile.hpp: what taps add to the sums of a tile. Included once per
// target, after highway.h.
#if defined(TCONV_KERNELS_CHANNEL_TAPS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_CHANNEL_TAPS_INL_HPP
#undef TCONV_KERNELS_CHANNEL_TAPS_INL_HPP
#else
#define TCONV_KERNELS_CHANNEL_TAPS_INL_HPP
#endif

#include <hwy/cache_control.h>

#include "kernels/channel_tile.hpp"
#include "kernels/simd-inl.hpp"

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

template <typename T, int kVectors>
constexpr std::int64_t kTapBytes = std::int64_t{hn::MaxLanes(hn::ScalableTag<T>())} * kVectors *
                                   sizeof(T);

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
  constexpr std::int64_t kLine = 64;
  TCONV_UNROLL for (std::int64_t b = 0; b < kTapBytes<T, kVectors>; b += kLine) {
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

// All taps of all channels. What stands beside the multiply-adds counts: written in assembly, 28 of
// them with 22 loads (prefetches included) and three additions take a Xeon 14.2 cycles, with a load
// or two additions more 15. GCC 12 makes 22 loads and five additions of this loop. Fetching x in a
// loop of its own, once a channel, was 5 % slower; asking for groups of four pixels together 2 %, a
// table of jumps to the pixels that meet a tap 7 %.
template <int kPixels, int kVectors, bool kDepthwise, bool kSpan, typename T, class Pixels,
          class Sums, class Present>
HWY_INLINE void take_taps(const ChannelTile<T>& tile, Pixels& x, const Present& present,
                          Sums& sums) {
  constexpr std::uint32_t kAll = (1U << kPixels) - 1, kNotFirst = kAll - 1, kNotLast = kAll / 2;
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
      } else if (tap->pixels == kNotFirst) {
        take.template operator()<Meet::NotFirst>(~tap->w);
      } else if (tap->pixels == kNotLast) {
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
  constexpr std::int64_t kStep = kTapBytes<T, kVectors>;
  const std::byte* w_at = tile.w + tile.taps->w;
  const std::byte* const w_end = w_at + tile.channels * kStep;
  const std::int64_t fetch = tile.taps->fetch, fetch_last = fetch + tile.fetch_span;
  x.next_channel(tile.taps->x);
  for (; w_at != w_end; w_at += kStep) {
    x.at_tap(0);
    hwy::Prefetch(x[0] + fetch);
    hwy::Prefetch(x[0] + fetch_last);
    take_tap<T, kPixels, kVectors, Meet::All, kDepthwise>(x, w_at, 0, present, sums);
    x.next_channel(tile.x_channel);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_CHANNEL_TAPS_INL_HPP
