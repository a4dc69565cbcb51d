// The transforms of Winograd's algorithm, F(4, 3) and F(2, 3) along one axis or two
// (winograd_points.hpp): input to points, points to results. T is float or double; `lanes` is one
// vector of them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tconv::kernels {

// A strip of input that a run of tiles side by side meets, `lanes` channels of it: tile + 2 rows
// (one row where only the last axis is transformed). Strides in bytes; elements may lie unaligned.
// Rows and columns outside the input and channels from `channels` on are zeros.
//   strip[column][point][lane], transformed along the rows' axis
// needs room for lanes - 1 columns more.
template <typename T>
struct WinogradStrip {
  const std::byte* x = nullptr;  // row 0, column 0, channel 0, even if that is outside
  std::int64_t row = 0, column = 0, channel = 0;
  std::int64_t row_begin = 0, row_end = 0;        // those inside the input
  std::int64_t column_begin = 0, column_end = 0;  // the same
  std::int64_t columns = 0;
  std::int64_t channels = 0;  // 1 .. lanes
  T* strip = nullptr;         // aligned to 64
};

// Tiles of a strip, transformed along the columns' axis, too:
//   points[e*point + tile*lanes + lane], e over row points, then column points.
template <typename T>
struct WinogradPoints {
  const T* strip = nullptr;
  std::int64_t tiles = 0;
  T* points = nullptr;     // aligned to 64
  std::int64_t point = 0;  // elements, a multiple of lanes
};

// The results of a tile and one vector of channels, plus bias:
//   result[i][j] from sums[e*point + lane]
// Rows i < rows and columns j < columns go to y + i*y_row + j*y_column bytes, lane by lane
// y_channel apart: either y_column or y_channel is one element. Without y all go to results[(i*tile
// + j)*lanes + lane], without activation.
template <typename T>
struct WinogradResults {
  const T* sums = nullptr;  // aligned to 64
  std::int64_t point = 0;   // elements
  const T* bias = nullptr;  // or null
  bool relu = false;
  std::int64_t rows = 0, columns = 0;
  std::byte* y = nullptr;
  std::int64_t y_row = 0, y_column = 0, y_channel = 0;
  T* results = nullptr;  // aligned to 64
};

// Of one tile size, along one axis or two.
template <typename T>
struct WinogradTransforms {
  bool masks = false;  // strips may have fewer channels, or columns side by side
  // Needs channels or columns side by side, and either masks or all lanes of channels.
  void (*strip)(const WinogradStrip<T>&) = nullptr;
  void (*points)(const WinogradPoints<T>&) = nullptr;
  // Whether all results of the tile are finite.
  bool (*results)(const WinogradResults<T>&) = nullptr;
};

// tile is 2 or 4; plane: along two axes. For the instruction set of winograd_product.
const WinogradTransforms<float>& winograd_transforms(float, int tile, bool plane);
const WinogradTransforms<double>& winograd_transforms(double, int tile, bool plane);

}  // namespace tconv::kernels
