#include "kernels/panel_tile.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/panel_tile.cpp"
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

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

// Sums, the vectors of a panel and a weight fill the registers.
constexpr int kSlots = HWY_TARGET == HWY_AVX3 ? kMaxPanelSlots : 6;
constexpr std::int64_t kLineBytes = 64;

// One vector of each phase, as the outputs lie in memory.
template <int kPhases, class D, class V, typename T>
HWY_INLINE void store_phases(D d, const V (&sums)[kPhases], T* to) {
  if constexpr (kPhases == 1) {
    hn::StoreU(sums[0], d, to);
  } else if constexpr (kPhases == 2) {
    hn::StoreInterleaved2(sums[0], sums[1], d, to);
  } else if constexpr (kPhases == 3) {
    hn::StoreInterleaved3(sums[0], sums[1], sums[2], d, to);
  } else {
    hn::StoreInterleaved4(sums[0], sums[1], sums[2], sums[3], d, to);
  }
}

template <typename T, int kPhases, int kChannels, int kVectors>
HWY_NOINLINE void run_tile(const PanelTile<T>& tile) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  V sums[kChannels][kVectors][kPhases];
  TCONV_UNROLL for (int c = 0; c < kChannels; ++c) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      TCONV_UNROLL for (int f = 0; f < kPhases; ++f) sums[c][v][f] = hn::Zero(d);
    }
  }
  if (tile.fetch) {
    constexpr std::int64_t kRowBytes = kVectors * kPhases * kLanes * sizeof(T);
    for (int c = 0; c < kChannels; ++c) {
      const std::byte* const row = tile.y + c * tile.y_pitch;
      for (std::int64_t at = 0; at < kRowBytes; at += kLineBytes) hwy::Prefetch(row + at);
      hwy::Prefetch(row + kRowBytes - 1);
    }
  }

  const T* x = tile.x;
  const T* w = tile.w;
  for (std::int64_t i = 0; i < tile.depth; ++i) {
    V pixels[kVectors];
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      pixels[v] = pinned(hn::Load(d, x + v * kLanes));
    }
    TCONV_UNROLL for (int c = 0; c < kChannels; ++c) {
      TCONV_UNROLL for (int f = 0; f < kPhases; ++f) {
        const V weight = hn::Set(d, w[c * kPhases + f]);
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
          sums[c][v][f] = hn::MulAdd(pixels[v], weight, sums[c][v][f]);
        }
      }
    }
    x += 2 * kLanes;
    w += kChannels * kPhases;
  }

  TCONV_UNROLL for (int c = 0; c < kChannels; ++c) {
    const V bias = hn::Set(d, tile.bias == nullptr ? T{-0.0} : tile.bias[c]);  // -0 adds nothing
    T* const row = reinterpret_cast<T*>(tile.y + c * tile.y_pitch);
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      TCONV_UNROLL for (int f = 0; f < kPhases; ++f) {
        sums[c][v][f] = hn::Add(sums[c][v][f], bias);
        if (tile.relu) sums[c][v][f] = relu(d, sums[c][v][f]);
      }
      store_phases<kPhases>(d, sums[c][v], row + v * kPhases * kLanes);
    }
  }
}

template <typename T, int kPhases, int kChannels>
void run_channels(const PanelTile<T>& tile) {
  if constexpr (kChannels > 1) {
    if (tile.channels < kChannels) return run_channels<T, kPhases, kChannels - 1>(tile);
  }
  if (tile.vectors == 1) return run_tile<T, kPhases, kChannels, 1>(tile);
  run_tile<T, kPhases, kChannels, 2>(tile);
}

template <typename T>
void run(const PanelTile<T>& tile) {
  static_assert(kMaxPanelPhases == 4);
  switch (tile.phases) {
    case 1: return run_channels<T, 1, kSlots>(tile);
    case 2: return run_channels<T, 2, kSlots / 2>(tile);
    case 3: return run_channels<T, 3, kSlots / 3>(tile);
    default: return run_channels<T, 4, kSlots / 4>(tile);
  }
}

template <typename T>
constexpr PanelKernels<T> kernels_of() {
  return {.target = kTargetName,
          .lanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>())),
          .slots = kSlots,
          .run = run<T>};
}

#else

template <typename T>
constexpr PanelKernels<T> kernels_of() {
  return {};
}

#endif

const PanelKernels<float>& kernels_f32() {
  static constexpr PanelKernels<float> kKernels = kernels_of<float>();
  return kKernels;
}

const PanelKernels<double>& kernels_f64() {
  static constexpr PanelKernels<double> kKernels = kernels_of<double>();
  return kKernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const PanelKernels<float>& panel_kernels(float) { return TCONV_DISPATCH(kernels_f32)(); }
const PanelKernels<double>& panel_kernels(double) { return TCONV_DISPATCH(kernels_f64)(); }

}  // namespace tconv::kernels
#endif
