// The innermost loops with output pixels in the vector's lanes: a few slots, each an output channel
// at one of a few neighbouring output rows, by some vectors of pixels along the last axis. Slots
// that meet the same input share its load.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tconv::kernels {

inline constexpr int kMaxSlots = 12;
inline constexpr int kMaxPixelVectors = 4;
inline constexpr int kMaxStridedSlots = 4;  // where lanes read every other element
inline constexpr int kMaxStridedVectors = 2;
inline constexpr int kMaxTileLanes = 64;  // four vectors of 16 floats
inline constexpr int kMaxRange = 4;       // units, or rows, of which every range has its own loop

// One position of the input that the tile meets: lane l reads element l*x_step at x + step.x, slot
// s multiplies that by weight number s / units at w + w_units[s % units] + step.w. Offsets are in
// bytes.
struct PixelStep {
  std::int64_t x = 0;
  std::int64_t w = 0;
  std::uint64_t lanes = 0;     // bit l: lane l is inside the input and wanted
  std::uint64_t elements = 0;  // bit e: a lane reads element e; where x_step is 2
};

// Consecutive steps for the same slots: bit s of slots tells whether the weight of slot s is inside
// the kernel. Slot s is of unit s % units (a row and phase); where these are the units from first
// to last alone, range is first*kMaxRange + last, else -1.
struct PixelRun {
  std::int64_t begin = 0, end = 0;
  std::uint32_t slots = 0;
  int range = -1;
};

// The steps in one row of input of a tile of a sequence (pixel_rows.hpp): from one to the next the
// input is one element less and the weight that of the next tap of the same phase. The first is
// here; the range is of the rows that they name, as in PixelRun.
struct PixelRow {
  std::int64_t x = 0;
  std::int64_t w = 0;
  int range = 0;
};

// T is float or double. For each slot s and lane l
//   sum = sum_{i,t} x[i*x_channel + steps[t].x + l]
//                   * w[i*w_channel + w_units[s % units] + steps[t].w + s / units]
// over the steps that name s and l, in their order; then the bias, then max(0, sum) if relu.
template <typename T>
struct PixelTile {
  const std::byte* x = nullptr;
  const std::byte* w = nullptr;
  const std::int64_t* w_units = nullptr;  // from w to a unit's weights, in bytes
  int units = 1;
  int slots = 0;  // 1 .. max_slots(vectors), a multiple of units
  int vectors = 1;
  int x_step = 1;  // or 2
  std::int64_t channels = 0;
  std::int64_t x_channel = 0, w_channel = 0;
  const PixelStep* steps = nullptr;
  const PixelRun* runs = nullptr;
  std::int64_t runs_count = 0;
  // In a tile of a sequence, instead of runs; steps are those of one row, for their lanes.
  const PixelRow* rows = nullptr;
  std::int64_t rows_count = 0;
  // Where inputs lie that are needed soon, in bytes from a channel's first. Of no effect where
  // every step names every slot and lane.
  const std::int64_t* lines = nullptr;
  std::int64_t lines_count = 0;
  bool all_lanes = true;    // every step names every lane; if not, those of the vectors between the
                            // first and the last are named all the same
  bool readable = false;    // the lanes that are passed over are inside the tensor x, too
  const T* bias = nullptr;  // one a slot, or null
  bool relu = false;
  // Slot s's lanes [0, pixels) go side by side to y + y_slots[s] bytes, if bit s of stored is set;
  // without y they go to results[s*kMaxTileLanes + l].
  std::byte* y = nullptr;
  const std::int64_t* y_slots = nullptr;
  std::uint32_t stored = 0;
  int pixels = 0;
  // The tile is computed this many times, each further on in x and in y; 1 without y.
  std::int64_t repeats = 1;
  std::int64_t x_repeat = 0, y_repeat = 0;
  T* results = nullptr;
};

template <typename T>
struct PixelTileKernels {
  std::string_view target;
  int lanes = 1;
  bool masks = false;  // loads may pass over lanes without touching memory
  int max_sums = 1;    // slots * vectors
  void (*run)(const PixelTile<T>&) = nullptr;

  int max_slots(int vectors) const {
    return max_sums / vectors < kMaxSlots ? max_sums / vectors : kMaxSlots;
  }
};

const PixelTileKernels<float>& pixel_tile_kernels(float);
const PixelTileKernels<double>& pixel_tile_kernels(double);

}  // namespace tconv::kernels
