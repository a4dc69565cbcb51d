#include "kernels/pixel_tile.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixel_tile.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

// Sums, the vectors of one step and a weight fill the registers.
constexpr int kMaxSums = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 24 : 12;

template <class D>
HWY_INLINE hn::Mask<D> mask_of(D d, std::uint64_t bits) {
#if HWY_TARGET == HWY_SCALAR
  return hn::FirstN(d, bits & 1);
#else
  std::uint8_t bytes[8];
  std::memcpy(bytes, &bits, sizeof bytes);
  return hn::LoadMaskBits(d, bytes);
#endif
}

template <typename T, int kSlots, int kVectors, bool kSomeSlots>
HWY_NOINLINE void run_tile(const PixelTile<T>& tile) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  constexpr std::uint64_t kFull = ~std::uint64_t{0} >> (64 - kLanes);
  const std::byte* w[kSlots];
  for (int s = 0; s < kSlots; ++s) w[s] = tile.w[s];
  V sums[kSlots][kVectors];
  TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[s][v] = hn::Zero(d);
  }

  const PixelStep* const end = tile.steps + tile.steps_count;
  const std::byte* x_channel = tile.x;
  std::int64_t w_channel = 0;
  for (std::int64_t i = 0; i < tile.channels; ++i) {
    for (const PixelStep* step = tile.steps; step != end; ++step) {
      const T* const at = reinterpret_cast<const T*>(x_channel + step->x);
      const std::int64_t w_at = w_channel + step->w;
      if (tile.all_lanes) {
        V x[kVectors];
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
          x[v] = pinned(hn::LoadU(d, at + v * kLanes));
        }
        TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
          if (kSomeSlots && (step->slots & (1U << s)) == 0) continue;
          const V weight = hn::Set(d, load_unaligned<T>(w[s] + w_at));
          TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
            sums[s][v] = hn::MulAdd(x[v], weight, sums[s][v]);
          }
        }
        continue;
      }
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        const std::uint64_t bits = (step->lanes >> (v * kLanes)) & kFull;
        if (bits == kFull) {
          const V x = pinned(hn::LoadU(d, at + v * kLanes));
          TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
            if (kSomeSlots && (step->slots & (1U << s)) == 0) continue;
            const V weight = hn::Set(d, load_unaligned<T>(w[s] + w_at));
            sums[s][v] = hn::MulAdd(x, weight, sums[s][v]);
          }
        } else if (bits != 0) {
          // A lane that is passed over keeps its sum: a weight that is not finite must not spoil
          // it.
          const auto mask = mask_of(d, bits);
          const V x = hn::MaskedLoad(mask, d, at + v * kLanes);
          TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
            if (kSomeSlots && (step->slots & (1U << s)) == 0) continue;
            const V weight = hn::Set(d, load_unaligned<T>(w[s] + w_at));
            sums[s][v] = hn::IfThenElse(mask, hn::MulAdd(x, weight, sums[s][v]), sums[s][v]);
          }
        }
      }
    }
    x_channel += tile.x_channel;
    w_channel += tile.w_channel;
  }

  TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
    if (tile.bias != nullptr) {
      const V bias = hn::Set(d, tile.bias[s]);
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[s][v] = hn::Add(sums[s][v], bias);
    }
    if (tile.relu) {
      const V zero = hn::Zero(d);
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        sums[s][v] = hn::IfThenElse(hn::Lt(sums[s][v], zero), zero, sums[s][v]);  // NaN stays
      }
    }
    if (tile.y == nullptr) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        hn::StoreU(sums[s][v], d, tile.results + s * kMaxTileLanes + v * kLanes);
      }
      continue;
    }
    T* const y = reinterpret_cast<T*>(tile.y[s]);
    if (y == nullptr) continue;
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      const int left = tile.pixels - v * kLanes;
      if (left >= kLanes) {
        hn::StoreU(sums[s][v], d, y + v * kLanes);
      } else if (left > 0) {
        hn::BlendedStore(sums[s][v], hn::FirstN(d, static_cast<std::size_t>(left)), d,
                         y + v * kLanes);
      }
    }
  }
}

template <typename T, int kVectors, int kSlots>
void run_slots(const PixelTile<T>& tile) {
  if constexpr (kSlots > 1) {
    if (tile.slots < kSlots) return run_slots<T, kVectors, kSlots - 1>(tile);
  }
  if (tile.all_slots) return run_tile<T, kSlots, kVectors, false>(tile);
  run_tile<T, kSlots, kVectors, true>(tile);
}

constexpr int max_slots(int vectors) {
  return kMaxSums / vectors < kMaxSlots ? kMaxSums / vectors : kMaxSlots;
}

template <typename T>
void run(const PixelTile<T>& tile) {
  switch (tile.vectors) {
    case 1: return run_slots<T, 1, max_slots(1)>(tile);
    case 2: return run_slots<T, 2, max_slots(2)>(tile);
    case 3: return run_slots<T, 3, max_slots(3)>(tile);
    default: return run_slots<T, 4, max_slots(4)>(tile);
  }
}

// Without masked loads a tile could touch memory beyond the tensor: such targets have none.
constexpr bool kMasks = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

template <typename T>
PixelTileKernels<T> kernels_of() {
  if constexpr (!kMasks)
    return {};
  else
    return {.target = hwy::TargetName(HWY_TARGET),
            .lanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>())),
            .masks = true,
            .max_sums = kMaxSums,
            .run = run<T>};
}

PixelTileKernels<float> kernels_f32() { return kernels_of<float>(); }
PixelTileKernels<double> kernels_f64() { return kernels_of<double>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

HWY_EXPORT(kernels_f32);
HWY_EXPORT(kernels_f64);

const PixelTileKernels<float>& pixel_tile_kernels(float) {
  static const PixelTileKernels<float> kernels = HWY_DYNAMIC_DISPATCH(kernels_f32)();
  return kernels;
}

const PixelTileKernels<double>& pixel_tile_kernels(double) {
  static const PixelTileKernels<double> kernels = HWY_DYNAMIC_DISPATCH(kernels_f64)();
  return kernels;
}

}  // namespace tconv::kernels
#endif
