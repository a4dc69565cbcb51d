// The innermost loops with output channels in the vector's lanes: a tile of a few pixels by one or
// two vectors of channels, whose sums stay in registers over all input channels and taps.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tconv::kernels {

// Where a tap reads, in bytes from a pixel's first input and from a channel's first weight. Where
// only some pixels of the tile meet it, its w is the complement ~w: a flag of its own would be one
// more load in the innermost loop.
struct TapOffset {
  std::int64_t x = 0;
  std::int64_t w = 0;
  std::int64_t fetch = 0;    // from pixel 0's input of the tap to one that is needed soon
  std::uint32_t pixels = 0;  // bit m: pixel m meets the tap; only for those that some meet
};

inline constexpr int kMaxTilePixels = 14;
inline constexpr int kTileRow = 16;           // pixels from one channel to the next, transposed
inline constexpr int kMaxBlockChannels = 32;  // of the widest vectors: two of 16 floats

// T is float or double. For each pixel m and channel c of the block
//   sum = sum_{i,t} x[m][i*x_channel + taps[t].x] * w[i*w_channel + taps[t].w + c]
// in the order of tconv/problem.hpp, then the bias, then max(0, sum) if relu. Offsets are in bytes.
template <typename T>
struct ChannelTile {
  const std::byte** x = nullptr;  // one address a pixel; elements may lie unaligned
  bool evenly = false;            // each address is x_step bytes after the one before
  std::int64_t x_step = 0;
  int pixels = 0;   // 1 .. tile_pixels
  int vectors = 2;  // 1 or 2
  const std::byte* w = nullptr;
  std::int64_t channels = 0;
  std::int64_t x_channel = 0, w_channel = 0;
  std::int64_t fetch_span = 0;  // to a second input that is needed soon, or 0
  const TapOffset* taps = nullptr;
  std::int64_t taps_count = 0;
  // Depthwise: channel c of the block reads x[m] + c elements instead of one input for all, and
  // none reads beyond `present`. Needs kernels.masks.
  bool depthwise = false;
  int present = 0;
  const T* begun = nullptr;  // what earlier channels summed to, as in results; null is zero
  const T* bias = nullptr;   // of the whole block, or null
  bool relu = false;
  // Pixel m of channel c goes to element m of the row at y_row + c*y_pitch bytes; without y_row to
  // element y_offsets[m] + c at y; neither need be aligned. Without both, to results[m*block + c].
  std::byte* y_row = nullptr;
  std::int64_t y_pitch = 0;
  std::byte* y = nullptr;
  const std::int64_t* y_offsets = nullptr;
  T* results = nullptr;  // room for a whole tile, aligned to 64
};

// Copies `rows` rows of `count` elements each to where they need not be aligned.
template <typename T>
struct RowCopy {
  const T* from = nullptr;
  std::int64_t from_pitch = 0;  // elements
  std::byte* to = nullptr;
  std::int64_t to_pitch = 0;  // bytes
  std::int64_t rows = 0, count = 0;
};

// The kernels of the best instruction set this processor has.
template <typename T>
struct ChannelTileKernels {
  std::string_view target;  // Highway's name of the instruction set
  int lanes = 1;            // of one vector
  int tile_pixels = 1;      // most pixels in a tile
  bool masks = false;       // loads may pass over lanes without touching memory
  void (*run)(const ChannelTile<T>&) = nullptr;
  void (*copy)(const RowCopy<T>&) = nullptr;
};

const ChannelTileKernels<float>& channel_tile_kernels(float);
const ChannelTileKernels<double>& channel_tile_kernels(double);

}  // namespace tconv::kernels
