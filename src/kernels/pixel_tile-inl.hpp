// The loops of pixel_tile.hpp for any element type. Included once per target.
#if defined(TCONV_KERNELS_PIXEL_TILE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_PIXEL_TILE_INL_HPP
#undef TCONV_KERNELS_PIXEL_TILE_INL_HPP
#else
#define TCONV_KERNELS_PIXEL_TILE_INL_HPP
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <utility>

#include "kernels/pixel_tile.hpp"
#include "kernels/simd-inl.hpp"

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

constexpr int kAnyUnits = 0;

template <typename T, int kSlots, int kVectors>
using Sums = hn::Vec<hn::ScalableTag<T>>[kSlots][kVectors];

// Where the weights of a tile's slots are. Those of a unit lie side by side; a pointer for each
// slot would not fit into the registers.
template <typename T, int kSlots, int kUnits>
struct Weights {
  const std::byte* units[kUnits];

  explicit Weights(const PixelTile<T>& tile) {
    for (int u = 0; u < kUnits; ++u) units[u] = in_register(tile.w + tile.w_units[u]);
  }
  HWY_INLINE T at(int slot, std::int64_t offset) const {
    const auto channel = static_cast<std::int64_t>(slot / kUnits * static_cast<int>(sizeof(T)));
    return load_unaligned<T>(units[slot % kUnits] + offset + channel);
  }
};

// Of any number of units: known to the caller alone.
template <typename T, int kSlots>
struct Weights<T, kSlots, kAnyUnits> {
  const std::byte* slots[kSlots];

  explicit Weights(const PixelTile<T>& tile) {
    for (int s = 0; s < kSlots; ++s) {
      const auto channel = static_cast<std::int64_t>(s / tile.units * static_cast<int>(sizeof(T)));
      slots[s] = in_register(tile.w + tile.w_units[s % tile.units] + channel);
    }
  }
  HWY_INLINE T at(int slot, std::int64_t offset) const {
    return load_unaligned<T>(slots[slot] + offset);
  }
};

// The slots of the units kFirst to kLast out of kUnits.
template <int kUnits, int kFirst, int kLast>
struct Range {
  static constexpr bool has(int slot) { return kFirst <= slot % kUnits && slot % kUnits <= kLast; }
};
using AllSlots = Range<1, 0, 0>;

// What the steps of a run need, for one input channel.
template <typename T, int kSlots, int kUnits>
struct Channel {
  const PixelTile<T>& tile;
  const Weights<T, kSlots, kUnits>& weights;
  const std::byte* x = nullptr;
  std::int64_t w = 0;
};

// The steps of one run for the slots of Taken, those of `run.slots` alone where kSome.
template <class Taken, bool kSome, Lanes kNamed, typename T, int kSlots, int kUnits, int kVectors>
HWY_INLINE void take_steps(const Channel<T, kSlots, kUnits>& channel, const PixelRun& run,
                           Sums<T, kSlots, kVectors>& sums) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  constexpr bool kAllLanes = kNamed == Lanes::Plain || kNamed == Lanes::All;
  const PixelStep* const end = channel.tile.steps + run.end;
  for (const PixelStep* step = channel.tile.steps + run.begin; step != end; ++step) {
    const T* const at = reinterpret_cast<const T*>(channel.x + step->x);
    const std::int64_t w_at = channel.w + step->w;
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
    TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
      if (!Taken::has(s) || (kSome && (run.slots & (1U << s)) == 0)) continue;
      const V weight = hn::Set(d, channel.weights.at(s, w_at));
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

// The loop for a run's range of units.
template <Lanes kNamed, typename T, int kSlots, int kUnits, int kVectors>
HWY_INLINE void take_run(const Channel<T, kSlots, kUnits>& channel, const PixelRun& run,
                         Sums<T, kSlots, kVectors>& sums) {
  if constexpr (kUnits == kAnyUnits) {
    constexpr std::uint32_t kAllSlots = (1U << kSlots) - 1;
    if ((run.slots & kAllSlots) == kAllSlots) {
      return take_steps<AllSlots, false, kNamed>(channel, run, sums);
    }
    return take_steps<AllSlots, true, kNamed>(channel, run, sums);
  }
  const auto take = [&]<int kFirst, int kLast>(std::integer_sequence<int, kFirst, kLast>) HWY_ATTR {
    if constexpr (kLast < kUnits) {
      take_steps<Range<kUnits, kFirst, kLast>, false, kNamed>(channel, run, sums);
    }
  };
  static_assert(kMaxRangeUnits == 4);
  switch (run.range) {
    case 0: return take(std::integer_sequence<int, 0, 0>());
    case 1: return take(std::integer_sequence<int, 0, 1>());
    case 2: return take(std::integer_sequence<int, 0, 2>());
    case 3: return take(std::integer_sequence<int, 0, 3>());
    case 5: return take(std::integer_sequence<int, 1, 1>());
    case 6: return take(std::integer_sequence<int, 1, 2>());
    case 7: return take(std::integer_sequence<int, 1, 3>());
    case 10: return take(std::integer_sequence<int, 2, 2>());
    case 11: return take(std::integer_sequence<int, 2, 3>());
    default: return take(std::integer_sequence<int, 3, 3>());
  }
}

template <typename T, int kSlots, int kVectors, Lanes kNamed, int kUnits>
HWY_NOINLINE void run_tile(const PixelTile<T>& tile) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  const Weights<T, kSlots, kUnits> weights(tile);
  for (std::int64_t repeat = 0; repeat < tile.repeats; ++repeat) {
    Sums<T, kSlots, kVectors> sums;
    TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[s][v] = hn::Zero(d);
    }

    Channel<T, kSlots, kUnits> channel{
        .tile = tile, .weights = weights, .x = tile.x + repeat * tile.x_repeat};
    const PixelRun* const end = tile.runs + tile.runs_count;
    for (std::int64_t i = 0; i < tile.channels; ++i) {
      if constexpr (kNamed == Lanes::Plain) {
        take_steps<AllSlots, false, kNamed>(channel, *tile.runs, sums);
      } else {
        for (std::int64_t l = 0; l < tile.lines_count; ++l) {
          hwy::Prefetch(channel.x + tile.lines[l]);
        }
        for (const PixelRun* run = tile.runs; run != end; ++run) {
          take_run<kNamed>(channel, *run, sums);
        }
      }
      channel.x += tile.x_channel;
      channel.w += tile.w_channel;
    }

    TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
      if (tile.bias != nullptr) {
        const V bias = hn::Set(d, tile.bias[s]);
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[s][v] = hn::Add(sums[s][v], bias);
      }
      if (tile.relu) {
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) { sums[s][v] = relu(d, sums[s][v]); }
      }
      if (tile.y == nullptr) {
        TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
          hn::StoreU(sums[s][v], d, tile.results + s * kMaxTileLanes + v * kLanes);
        }
        continue;
      }
      if ((tile.stored & (1U << s)) == 0) continue;
      T* const y = reinterpret_cast<T*>(tile.y + repeat * tile.y_repeat + tile.y_slots[s]);
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
}

template <typename T, int kSlots, int kVectors, int kUnits>
void run_lanes(const PixelTile<T>& tile) {
  if constexpr (kSlots <= kMaxStridedSlots && kVectors <= kMaxStridedVectors) {
    if (tile.x_step == 2) return run_tile<T, kSlots, kVectors, Lanes::Strided, kUnits>(tile);
  }
  if (!tile.all_lanes) return run_tile<T, kSlots, kVectors, Lanes::Some, kUnits>(tile);
  constexpr Lanes kEvery = kUnits == 1 ? Lanes::Plain : Lanes::All;
  run_tile<T, kSlots, kVectors, kEvery, kUnits>(tile);
}

template <typename T, int kVectors, int kSlots>
void run_slots(const PixelTile<T>& tile) {
  if constexpr (kSlots > 1) {
    if (tile.slots < kSlots) return run_slots<T, kVectors, kSlots - 1>(tile);
  }
  static_assert(kMaxRangeUnits == 4);
  if (tile.units == 1) return run_lanes<T, kSlots, kVectors, 1>(tile);
  if constexpr (kSlots % 2 == 0) {
    if (tile.units == 2) return run_lanes<T, kSlots, kVectors, 2>(tile);
  }
  if constexpr (kSlots % 3 == 0) {
    if (tile.units == 3) return run_lanes<T, kSlots, kVectors, 3>(tile);
  }
  if constexpr (kSlots % 4 == 0) {
    if (tile.units == 4) return run_lanes<T, kSlots, kVectors, 4>(tile);
  }
  if constexpr (kSlots > kMaxRangeUnits) run_lanes<T, kSlots, kVectors, kAnyUnits>(tile);
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

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_PIXEL_TILE_INL_HPP
