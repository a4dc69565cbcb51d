// Copies pixels into panels: for each panel, input channel by input channel, as many pixels as it
// has lanes, side by side.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/panel_geometry.hpp"

namespace tconv::kernels {

// Pixels that will be copied next: a few of their lines at a time come into the second cache.
class PixelFetch {
 public:
  PixelFetch() = default;  // nothing
  // `lines` of each channel from x on, all of them in that many times.
  PixelFetch(const std::byte* x, std::int64_t channels, std::int64_t channel_bytes,
             std::int64_t lines, std::int64_t times);
  void some();

 private:
  const std::byte* x_ = nullptr;
  std::int64_t channels_ = 0, channel_bytes_ = 0, lines_ = 0, at_once_ = 0;
  std::int64_t channel_ = 0, line_ = 0;  // where it goes on
};

// Of one group of a tensor of T, float or double, whose elements may lie unaligned.
template <typename T>
class PanelCopy {
 public:
  PanelCopy(const PixelOrder& order, std::int64_t channels, std::int64_t channel_step,
            std::int64_t lanes)
      : order_(order), channels_(channels), channel_step_(channel_step), lanes_(lanes) {}

  // Element i*lanes + l of panel k is pixel first + k*lanes + l of channel i, and 0 beyond the
  // last.
  void copy(const std::byte* x, std::int64_t first, std::int64_t count, T* panels) const;

  // Fetches those pixels, if they lie in one row of each channel.
  PixelFetch fetch(const std::byte* x, std::int64_t first, std::int64_t count,
                   std::int64_t times) const;

 private:
  const std::byte* copy(const std::byte* from, std::int64_t count, T* to) const;

  const PixelOrder& order_;
  std::int64_t channels_, channel_step_;  // elements
  std::int64_t lanes_;
};

}  // namespace tconv::kernels
