// The loops of pixel_rows.hpp for any element type. Included once per target.
#if defined(TCONV_KERNELS_PIXEL_ROWS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_PIXEL_ROWS_INL_HPP
#undef TCONV_KERNELS_PIXEL_ROWS_INL_HPP
#else
#define TCONV_KERNELS_PIXEL_ROWS_INL_HPP
#endif

#include <hwy/highway.h>

#include "kernels/pixel_rows.hpp"
#include "kernels/pixel_step-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

// A tile of a sequence: so many rows, each of its phases; slots as in pixel_tile.hpp.
template <std::size_t kSequence, int kRowCount, int kChannelCount>
struct Layout {
  static constexpr PhaseSequence kPhases = kPhaseSequences[kSequence];
  static constexpr int kSteps = kPhases.steps;
  static constexpr int kRows = kRowCount;
  static constexpr int kChannels = kChannelCount;
  static constexpr int kUnits = kRows * kPhases.phases;
  static constexpr int kSlots = kUnits * kChannels;

  static constexpr int row(int slot) { return slot % kUnits / kPhases.phases; }
  static constexpr int phase(int slot) { return slot % kPhases.phases; }
  static constexpr int channel(int slot) { return slot / kUnits; }

  // From the weights of one step to those of the next.
  template <typename T>
  static constexpr int kTapBytes = kPhases.phases* kChannels* static_cast<int>(sizeof(T));

  // The slots that a step names where its row names the rows from first to last.
  template <int kFirst, int kLast, int kStep>
  struct Named {
    static constexpr bool has(int slot) {
      const bool in_rows = kFirst <= row(slot) && row(slot) <= kLast;
      return in_rows && (kPhases.named[kStep] >> phase(slot) & 1) != 0;
    }
  };
};

// The weights of neighbouring phases lie side by side: a pointer a row is enough.
template <typename T, class Layout>
struct RowWeights {
  const std::byte* rows[Layout::kRows];

  explicit RowWeights(const PixelTile<T>& tile) {
    for (int r = 0; r < Layout::kRows; ++r) {
      rows[r] = in_register(tile.w + tile.w_units[r * Layout::kPhases.phases]);
    }
  }
  HWY_INLINE T at(int slot, std::int64_t offset) const {
    const int weight = Layout::phase(slot) * Layout::kChannels + Layout::channel(slot);
    return load_unaligned<T>(rows[Layout::row(slot)] + offset +
                             weight * static_cast<int>(sizeof(T)));
  }
};

// The masks of a row's steps, the same in every row. AVX-512 has registers for six of them.
template <typename T, int kSteps, int kVectors>
struct RowMasks {
#if HWY_TARGET == HWY_AVX3
  struct Ends {
    hn::Mask<hn::ScalableTag<T>> first, last;

    template <class D>
    HWY_INLINE hn::Mask<D> at(D, int v) const {
      return v == 0 ? first : last;
    }
  };
  Ends ends[kSteps];

  explicit RowMasks(const PixelStep* steps) {
    const hn::ScalableTag<T> d;
    for (int t = 0; t < kSteps; ++t) {
      ends[t].first = pinned_mask(mask_of(d, steps[t].lanes, 0));
      ends[t].last = pinned_mask(mask_of(d, steps[t].lanes, kVectors - 1));
    }
  }
  HWY_INLINE const Ends& of(int t) const { return ends[t]; }
#else
  const PixelStep* steps;

  explicit RowMasks(const PixelStep* of_row) : steps(of_row) {}
  HWY_INLINE StepMasks of(int t) const { return {steps[t]}; }
#endif
};

template <typename T, std::size_t kSequence, int kRows, int kChannels, int kVectors, Lanes kNamed>
HWY_NOINLINE void run_rows(const PixelTile<T>& tile) {
  using TileLayout = Layout<kSequence, kRows, kChannels>;
  using TileWeights = RowWeights<T, TileLayout>;
  const TileWeights weights(tile);
  hn::Vec<hn::ScalableTag<T>> sums[TileLayout::kSlots][kVectors];
  clear(sums);
  const RowMasks<T, TileLayout::kSteps, kVectors> masks(tile.steps);
  Channel<T, TileWeights> channel{.tile = tile, .weights = weights, .x = tile.x};
  // Channels lie so far apart that no prefetcher follows them, and often in the same set of the
  // first cache: each row asks for that of the next channel. Two channels ahead are no faster,
  // four slower.
  constexpr int kTileBytes = kVectors * hn::MaxLanes(hn::ScalableTag<T>()) * sizeof(T), kLine = 64;
  const PixelRow* const end = tile.rows + tile.rows_count;
  for (std::int64_t i = 0; i < tile.channels; ++i) {
    fetch_lines(tile, channel.x);
    for (const PixelRow* row = tile.rows; row != end; ++row) {
      const std::byte* const x = channel.x + row->x;
      TCONV_UNROLL for (int b = 0; b < kTileBytes; b += kLine) {
        hwy::Prefetch(x + tile.x_channel + b);
      }
      const std::int64_t w = channel.w + row->w;
      for_range(row->range, [&]<int kFirst, int kLast>(
                                std::integer_sequence<int, kFirst, kLast>) HWY_ATTR {
        if constexpr (kLast < kRows) {
          const auto take = [&]<int... kStep>(std::integer_sequence<int, kStep...>) HWY_ATTR {
            (take_step<typename TileLayout::template Named<kFirst, kLast, kStep>, false, kNamed, T>(
                 x - kStep * static_cast<int>(sizeof(T)), weights,
                 w + kStep * TileLayout::template kTapBytes<T>, masks.of(kStep), 0, sums),
             ...);
          };
          take(std::make_integer_sequence<int, TileLayout::kSteps>());
        }
      });
    }
    channel.next();
  }
  finish(tile, 0, sums);
}

template <typename T, std::size_t kSequence, int kRows, int kChannels, int kVectors>
void run_vectors(const PixelTile<T>& tile) {
  if constexpr (kVectors > 1) {
    if (tile.vectors < kVectors) {
      return run_vectors<T, kSequence, kRows, kChannels, kVectors - 1>(tile);
    }
  }
  // Masks of multiply-adds cost nothing in AVX-512, and an operation for each sum elsewhere.
  constexpr Lanes kMost = HWY_TARGET == HWY_AVX3 ? Lanes::Readable : Lanes::All;
  if (kMost == Lanes::All ? tile.all_lanes : tile.readable) {
    return run_rows<T, kSequence, kRows, kChannels, kVectors, kMost>(tile);
  }
  run_rows<T, kSequence, kRows, kChannels, kVectors, Lanes::Some>(tile);
}

template <typename T, std::size_t kSequence, int kChannels>
void run_channels(const PixelTile<T>& tile) {
  constexpr SequenceShape kShape =
      sequence_shape(kPhaseSequences[kSequence].phases, kChannels, kMaxSums);
  if constexpr (kShape.rows > 0) {
    run_vectors<T, kSequence, kShape.rows, kChannels, kShape.vectors>(tile);
  }
}

template <typename T, std::size_t kSequence = 0>
void run(const PixelTile<T>& tile, int sequence) {
  if constexpr (kSequence + 1 < kPhaseSequences.size()) {
    if (sequence != static_cast<int>(kSequence)) return run<T, kSequence + 1>(tile, sequence);
  }
  if (tile.slots == tile.units) return run_channels<T, kSequence, 1>(tile);
  run_channels<T, kSequence, 3>(tile);
}

template <typename T>
constexpr PixelRowsKernels<T> rows_kernels_of() {
  if constexpr (kMasks) {
    return {.run = run<T, 0>};
  } else {
    return {};
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_PIXEL_ROWS_INL_HPP
