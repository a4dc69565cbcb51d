// From the sums of a tile to elements of y: bias, activation, one rounding, and the transposition
// that channels-first needs.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/activation.hpp"
#include "kernels/element.hpp"

namespace tconv::kernels {

// sums[m*block + c] belongs to y + y_offsets[m] + c*y_channel elements.
template <typename Element>
struct StoreTile {
  using Accumulator = typename Element::Accumulator;
  Accumulator* sums = nullptr;  // changed
  std::int64_t block = 0;
  int pixels = 0;
  std::int64_t channels = 0;  // of the block that exist
  const std::byte* bias = nullptr;  // of the block's first channel, or null
  Activation activation = Activation::Linear;
  std::byte* y = nullptr;
  const std::int64_t* y_offsets = nullptr;
  std::int64_t y_channel = 0;
};

template <typename Element>
void store_tile(const StoreTile<Element>& tile) {
  const std::int64_t pixels = tile.pixels;
  if (tile.bias != nullptr) {
    for (std::int64_t m = 0; m < pixels; ++m) {
      for (std::int64_t c = 0; c < tile.channels; ++c) {
        tile.sums[m * tile.block + c] += Element::load(tile.bias + c * Element::kBytes);
      }
    }
  }
  if (tile.activation != Activation::Linear) {
    for (std::int64_t m = 0; m < pixels; ++m) {
      for (std::int64_t c = 0; c < tile.channels; ++c) {
        auto& sum = tile.sums[m * tile.block + c];
        sum = activate(tile.activation, sum);
      }
    }
  }
  if (tile.y_channel == 1) {
    for (std::int64_t m = 0; m < pixels; ++m) {
      std::byte* to = tile.y + tile.y_offsets[m] * Element::kBytes;
      for (std::int64_t c = 0; c < tile.channels; ++c) {
        Element::store(tile.sums[m * tile.block + c], to + c * Element::kBytes);
      }
    }
    return;
  }
  for (std::int64_t c = 0; c < tile.channels; ++c) {
    std::byte* const to = tile.y + c * tile.y_channel * Element::kBytes;
    for (std::int64_t m = 0; m < pixels; ++m) {
      Element::store(tile.sums[m * tile.block + c], to + tile.y_offsets[m] * Element::kBytes);
    }
  }
}

}  // namespace tconv::kernels
