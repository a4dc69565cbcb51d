// The loops of pixel_tile.hpp for any element type. Included once per target.
#if defined(TCONV_KERNELS_PIXEL_TILE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_PIXEL_TILE_INL_HPP
#undef TCONV_KERNELS_PIXEL_TILE_INL_HPP
#else
#define TCONV_KERNELS_PIXEL_TILE_INL_HPP
#endif

#include <hwy/highway.h>

#include "kernels/pixel_step-inl.hpp"
#include "kernels/pixel_tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr int kAnyUnits = 0;

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

// The steps of one run for the slots of Taken, those of `run.slots` alone where kSome.
template <class Taken, bool kSome, Lanes kNamed, typename T, class Weights, class V, int kSlots,
          int kVectors>
HWY_INLINE void take_steps(const Channel<T, Weights>& channel, const PixelRun& run,
                           V (&sums)[kSlots][kVectors]) {
  const PixelStep* const end = channel.tile.steps + run.end;
  for (const PixelStep* step = channel.tile.steps + run.begin; step != end; ++step) {
    take_step<Taken, kSome, kNamed, T>(channel.x + step->x, channel.weights, channel.w + step->w,
                                       StepMasks{*step}, run.slots, sums);
  }
}

// The loop for a run's range of units.
template <Lanes kNamed, int kUnits, class Channel, class V, int kSlots, int kVectors>
HWY_INLINE void take_run(const Channel& channel, const PixelRun& run, V (&sums)[kSlots][kVectors]) {
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
  for_range(run.range, take);
}

template <typename T, int kSlots, int kVectors, Lanes kNamed, int kUnits>
HWY_NOINLINE void run_tile(const PixelTile<T>& tile) {
  using TileWeights = Weights<T, kSlots, kUnits>;
  const TileWeights weights(tile);
  for (std::int64_t repeat = 0; repeat < tile.repeats; ++repeat) {
    hn::Vec<hn::ScalableTag<T>> sums[kSlots][kVectors];
    clear(sums);
    Channel<T, TileWeights> channel{
        .tile = tile, .weights = weights, .x = tile.x + repeat * tile.x_repeat};
    const PixelRun* const end = tile.runs + tile.runs_count;
    for (std::int64_t i = 0; i < tile.channels; ++i) {
      if constexpr (kNamed == Lanes::Plain) {
        take_steps<AllSlots, false, kNamed>(channel, *tile.runs, sums);
      } else {
        fetch_lines(tile, channel.x);
        for (const PixelRun* run = tile.runs; run != end; ++run) {
          take_run<kNamed, kUnits>(channel, *run, sums);
        }
      }
      channel.next();
    }
    finish(tile, repeat, sums);
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
  static_assert(kMaxRange == 4);
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
  if constexpr (kSlots > kMaxRange) run_lanes<T, kSlots, kVectors, kAnyUnits>(tile);
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
