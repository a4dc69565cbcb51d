// The innermost loops over a panel of pixels: a tile of a few output channels by one or two vectors
// of pixels, whose sums stay in registers over all input channels.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tconv::kernels {

inline constexpr int kMaxPanelLanes = 32;  // pixels of a panel: two of the widest vectors
inline constexpr int kMaxPanelSlots = 12;  // sums of a pixel in a tile
inline constexpr int kMaxPanelPhases = 4;  // outputs of a pixel that lie side by side

// T is float or double. For each channel c, pixel m and phase f, in the order of tconv/problem.hpp,
//   y[c][m*phases + f] = relu(sum_i x[i][m] * w[i][c*phases + f] + bias[c])
// where the next i is a whole panel on in x, and channels*phases in w.
template <typename T>
struct PanelTile {
  const T* x = nullptr;  // aligned to 64
  const T* w = nullptr;
  std::int64_t depth = 0;   // input channels
  int channels = 0;         // up to kernels.slots / phases
  int phases = 1;           // of a row of y: up to kMaxPanelPhases
  int vectors = 2;          // 1 or 2
  const T* bias = nullptr;  // a channel's, or null
  bool relu = false;
  bool fetch = false;  // rows of y come into the cache while the sums are made
  // Whole vectors of each row are written; they need not be aligned.
  std::byte* y = nullptr;
  std::int64_t y_pitch = 0;  // bytes from a channel to the next
};

template <typename T>
struct PanelKernels {
  std::string_view target;
  int lanes = 1;  // of one vector; a panel has two of them
  int slots = 0;  // 0: there is no such loop
  void (*run)(const PanelTile<T>&) = nullptr;
};

const PanelKernels<float>& panel_kernels(float);
const PanelKernels<double>& panel_kernels(double);

}  // namespace tconv::kernels
