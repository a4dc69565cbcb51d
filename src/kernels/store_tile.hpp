// From the results of a tile to elements of y: what is left of the activation, one rounding, and
// the way into memory.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/activation.hpp"
#include "kernels/channel_tile.hpp"
#include "kernels/element.hpp"
#include "kernels/half_rows.hpp"

namespace tconv::kernels {

// The result of pixel m and channel c belongs to y + y_offsets[m] + c*y_channel elements.
template <typename Element>
struct TileStore {
  using T = typename Element::Accumulator;
  const ChannelTileKernels<T>& kernels;
  T* results = nullptr;  // as ChannelTile leaves them; changed
  std::int64_t block = 0;
  bool transposed = false;
  int pixels = 0;
  std::int64_t channels = 0;  // of the block that exist
  Activation activation = Activation::Linear;
  std::byte* y = nullptr;
  const std::int64_t* y_offsets = nullptr;
  std::int64_t y_channel = 0;
};

namespace store {

template <typename Element>
void elements(const TileStore<Element>& tile, std::int64_t m_step, std::int64_t c_step) {
  for (std::int64_t c = 0; c < tile.channels; ++c) {
    std::byte* const to = tile.y + c * tile.y_channel * Element::kBytes;
    for (std::int64_t m = 0; m < tile.pixels; ++m) {
      Element::store(tile.results[m * m_step + c * c_step],
                     to + tile.y_offsets[m] * Element::kBytes);
    }
  }
}

// Calls each(first, count) for the pixels that lie side by side in y.
template <typename Element, class Each>
void for_each_piece(const TileStore<Element>& tile, const Each& each) {
  for (int m = 0; m < tile.pixels;) {
    int end = m + 1;
    while (end < tile.pixels && tile.y_offsets[end] == tile.y_offsets[end - 1] + 1) ++end;
    each(m, end - m);
    m = end;
  }
}

// Rows of one channel each.
template <typename T, typename Element>
void pixel_rows(const TileStore<Element>& tile) {
  for_each_piece(tile, [&](int m, int count) {
    tile.kernels.copy({.from = tile.results + m,
                       .from_pitch = kTileRow,
                       .to = tile.y + tile.y_offsets[m] * Element::kBytes,
                       .to_pitch = tile.y_channel * Element::kBytes,
                       .rows = tile.channels,
                       .count = count});
  });
}

template <typename T, typename Element>
void channel_rows(const TileStore<Element>& tile) {
  for (int m = 0; m < tile.pixels; ++m) {
    tile.kernels.copy({.from = tile.results + m * tile.block,
                       .from_pitch = tile.block,
                       .to = tile.y + tile.y_offsets[m] * Element::kBytes,
                       .to_pitch = 0,
                       .rows = 1,
                       .count = tile.channels});
  }
}

// Either of them in half precision: all results are narrowed, then copied.
template <typename Element>
void narrowed_rows(const TileStore<Element>& tile) {
  std::byte narrow[kTileRow * kMaxBlockChannels * Element::kBytes];
  const auto copy = [&](std::int64_t from, std::int64_t count, std::int64_t to) {
    std::memcpy(tile.y + to * Element::kBytes, narrow + from * Element::kBytes,
                static_cast<std::size_t>(count * Element::kBytes));
  };
  if (!tile.transposed) {
    store_row<Element>(tile.results, tile.pixels * tile.block, narrow);
    for (std::int64_t m = 0; m < tile.pixels; ++m) {
      copy(m * tile.block, tile.channels, tile.y_offsets[m]);
    }
    return;
  }
  store_row<Element>(tile.results, tile.channels * kTileRow, narrow);
  for_each_piece(tile, [&](int m, int count) {
    for (std::int64_t c = 0; c < tile.channels; ++c) {
      copy(c * kTileRow + m, count, tile.y_offsets[m] + c * tile.y_channel);
    }
  });
}

}  // namespace store

template <typename Element>
void store_tile(const TileStore<Element>& tile) {
  using T = typename Element::Accumulator;
  const std::int64_t m_step = tile.transposed ? 1 : tile.block;
  const std::int64_t c_step = tile.transposed ? kTileRow : 1;
  if (!is_fused(tile.activation)) {
    for (std::int64_t m = 0; m < tile.pixels; ++m) {
      for (std::int64_t c = 0; c < tile.channels; ++c) {
        T& result = tile.results[m * m_step + c * c_step];
        result = activate(tile.activation, result);
      }
    }
  }
  if constexpr (kIsNative<Element>) {
    if (tile.transposed) return store::pixel_rows<T>(tile);
    if (tile.y_channel == 1) return store::channel_rows<T>(tile);
  } else {
    if (tile.transposed || tile.y_channel == 1) return store::narrowed_rows(tile);
  }
  store::elements(tile, m_step, c_step);
}

}  // namespace tconv::kernels
