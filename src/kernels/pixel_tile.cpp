#include "kernels/pixel_tile.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixel_tile.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

// Sums, the vectors of one step and a weight fill the registers.
constexpr int kMaxSums = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 24 : 12;

// The mask of vector v.
template <class D>
HWY_INLINE hn::Mask<D> mask_of(D d, const std::uint64_t& lanes, int v) {
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  if constexpr (kLanes >= 8) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&lanes);  // little endian: x86 only
    return hn::LoadMaskBits(d, bytes + static_cast<std::size_t>(v) * kLanes / 8);
  } else {
    const std::uint64_t bits = lanes >> (static_cast<std::size_t>(v) * kLanes);
    std::uint8_t bytes[8];
    std::memcpy(bytes, &bits, sizeof bytes);
    return hn::LoadMaskBits(d, bytes);
  }
}

// Of three vectors or more, only the first and the last may have lanes to pass over.
constexpr bool is_end(int v, int vectors) { return v == 0 || v + 1 == vectors; }

// Plain: every step names every slot and every lane; a function of its own, since the others' many
// loops leave too few registers for addresses. All: every lane. Some: the first and the last vector
// have masks. Strided: all vectors have, and lanes read every other element.
enum class Lanes { Plain, All, Some, Strided };

// Up to this many slots, each range of them has its own loop.
constexpr int kMaxRangeSlots = 4;

template <typename T, int kSlots, int kVectors>
using Sums = hn::Vec<hn::ScalableTag<T>>[kSlots][kVectors];

// The steps of one run for slots kFirst to kLast - 1, or those of `slots` where kSome.
template <int kFirst, int kLast, bool kSome, Lanes kNamed, typename T, int kSlots, int kVectors>
HWY_INLINE void take_steps(const PixelTile<T>& tile, const PixelRun& run,
                           const std::byte* x_channel, std::int64_t w_channel,
                           const std::byte* const (&w)[kSlots], Sums<T, kSlots, kVectors>& sums) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  constexpr bool kAllLanes = kNamed == Lanes::Plain || kNamed == Lanes::All;
  const PixelStep* const end = tile.steps + run.end;
  for (const PixelStep* step = tile.steps + run.begin; step != end; ++step) {
    const T* const at = reinterpret_cast<const T*>(x_channel + step->x);
    const std::int64_t w_at = w_channel + step->w;
    V x[kVectors];
    hn::Mask<decltype(d)> mask[kVectors];
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      if constexpr (kNamed == Lanes::Strided) {
        const T* const pair = at + 2 * v * kLanes;
        mask[v] = mask_of(d, step->lanes, v);
        x[v] = pinned(even_elements(
            d, hn::MaskedLoad(mask_of(d, step->elements, 2 * v + 1), d, pair + kLanes),
            hn::MaskedLoad(mask_of(d, step->elements, 2 * v), d, pair)));
      } else if (kAllLanes || !is_end(v, kVectors)) {
        x[v] = pinned(hn::LoadU(d, at + v * kLanes));
      } else {
        mask[v] = mask_of(d, step->lanes, v);
        x[v] = pinned(hn::MaskedLoad(mask[v], d, at + v * kLanes));
      }
    }
    TCONV_UNROLL for (int s = kFirst; s < kLast; ++s) {
      if (kSome && (run.slots & (1U << s)) == 0) continue;
      const V weight = hn::Set(d, load_unaligned<T>(w[s] + w_at));
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        if (kAllLanes || (kNamed == Lanes::Some && !is_end(v, kVectors))) {
          sums[s][v] = hn::MulAdd(x[v], weight, sums[s][v]);
        } else {
          sums[s][v] = masked_mul_add(d, mask[v], x[v], weight, sums[s][v]);
        }
      }
    }
  }
}

// Finds the loop whose range of slots is the run's.
template <int kFirst, int kLast, Lanes kNamed, typename T, int kSlots, int kVectors>
HWY_INLINE void take_range(const PixelTile<T>& tile, const PixelRun& run,
                           const std::byte* x_channel, std::int64_t w_channel,
                           const std::byte* const (&w)[kSlots], Sums<T, kSlots, kVectors>& sums) {
  constexpr std::uint32_t kRange = (1U << kLast) - (1U << kFirst);
  if (run.slots == kRange) {
    take_steps<kFirst, kLast, false, kNamed>(tile, run, x_channel, w_channel, w, sums);
  } else if constexpr (kLast < kSlots) {
    take_range<kFirst, kLast + 1, kNamed>(tile, run, x_channel, w_channel, w, sums);
  } else if constexpr (kFirst + 1 < kSlots) {
    take_range<kFirst + 1, kFirst + 2, kNamed>(tile, run, x_channel, w_channel, w, sums);
  } else {
    take_steps<0, kSlots, true, kNamed>(tile, run, x_channel, w_channel, w, sums);
  }
}

template <typename T, int kSlots, int kVectors, Lanes kNamed>
HWY_NOINLINE void run_tile(const PixelTile<T>& tile) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  constexpr std::uint32_t kAllSlots = (1U << kSlots) - 1;
  const std::byte* w[kSlots];
  for (int s = 0; s < kSlots; ++s) w[s] = tile.w + tile.w_slots[s];
  Sums<T, kSlots, kVectors> sums;
  TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[s][v] = hn::Zero(d);
  }

  const PixelRun* const end = tile.runs + tile.runs_count;
  const std::byte* x_channel = tile.x;
  std::int64_t w_channel = 0;
  for (std::int64_t i = 0; i < tile.channels; ++i) {
    if constexpr (kNamed == Lanes::Plain) {
      take_steps<0, kSlots, false, kNamed>(tile, *tile.runs, x_channel, w_channel, w, sums);
      x_channel += tile.x_channel;
      w_channel += tile.w_channel;
      continue;
    }
    for (const PixelRun* run = tile.runs; run != end; ++run) {
      if ((run->slots & kAllSlots) == kAllSlots) {
        take_steps<0, kSlots, false, kNamed>(tile, *run, x_channel, w_channel, w, sums);
      } else if constexpr (kSlots <= kMaxRangeSlots) {
        take_range<0, 1, kNamed>(tile, *run, x_channel, w_channel, w, sums);
      } else {
        take_steps<0, kSlots, true, kNamed>(tile, *run, x_channel, w_channel, w, sums);
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
    if ((tile.stored & (1U << s)) == 0) continue;
    T* const y = reinterpret_cast<T*>(tile.y + tile.y_slots[s]);
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
  constexpr std::uint32_t kAllSlots = (1U << kSlots) - 1;
  if constexpr (kSlots <= kMaxStridedSlots && kVectors <= kMaxStridedVectors) {
    if (tile.x_step == 2) return run_tile<T, kSlots, kVectors, Lanes::Strided>(tile);
  }
  if (!tile.all_lanes) return run_tile<T, kSlots, kVectors, Lanes::Some>(tile);
  if (tile.runs_count == 1 && (tile.runs->slots & kAllSlots) == kAllSlots) {
    return run_tile<T, kSlots, kVectors, Lanes::Plain>(tile);
  }
  run_tile<T, kSlots, kVectors, Lanes::All>(tile);
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
constexpr PixelTileKernels<T> kernels_of() {
  if constexpr (!kMasks)
    return {};
  else
    return {.target = kTargetName,
            .lanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>())),
            .masks = true,
            .max_sums = kMaxSums,
            .run = run<T>};
}

const PixelTileKernels<float>& kernels_f32() {
  static constexpr PixelTileKernels<float> kKernels = kernels_of<float>();
  return kKernels;
}

const PixelTileKernels<double>& kernels_f64() {
  static constexpr PixelTileKernels<double> kKernels = kernels_of<double>();
  return kKernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const PixelTileKernels<float>& pixel_tile_kernels(float) { return TCONV_DISPATCH(kernels_f32)(); }
const PixelTileKernels<double>& pixel_tile_kernels(double) { return TCONV_DISPATCH(kernels_f64)(); }

}  // namespace tconv::kernels
#endif
