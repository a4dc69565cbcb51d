// What Winograd's algorithm makes of a problem: its tiles, channels and taps, and where a tile
// reads and writes.
#pragma once
#include <cstdint>

#include "kernels/axis_map.hpp"
#include "kernels/winograd.hpp"

namespace tconv::kernels {

struct WinogradShape {
  std::int64_t tile = 4;        // outputs of a tile along a transformed axis
  bool plane = false;           // the last two axes are transformed, else the last
  std::int64_t points = 6;      // of a tile: (tile + 2), squared where two axes are transformed
  AxisMap depth, row, column;   // the last three axes
  std::int64_t I = 1, O = 1;    // channels of a group
  std::int64_t outer_taps = 1;  // taps along the axes that are not transformed: they count as
                                // channels of their own
  std::int64_t tile_rows = 1;   // along the row axis: rows of tiles, or rows where it is not
                                // transformed
  std::int64_t tile_columns = 1;
  std::int64_t images = 1;  // all that lie side by side: batch and depth
  std::int64_t tiles() const { return images * tile_rows * tile_columns; }

  // The problem is one that refuse_winograd takes.
  WinogradShape(const Problem& problem, WinogradTile tile);

  // Where the first of a transformed axis's taps meets output 0. Taps of a transposed problem are
  // taken from the last to the first, so that neighbouring taps meet neighbouring inputs.
  static std::int64_t first_input(const AxisMap& map) { return map.b > 0 ? map.c : map.c - 2; }
  static std::int64_t kernel_index(const AxisMap& map, std::int64_t tap) {
    return map.b > 0 ? tap : 2 - tap;
  }

  // Of one outer tap: the kernel indices of the first two axes; those of transformed ones are 0.
  std::int64_t depth_tap(std::int64_t outer) const { return plane ? outer : outer / row.kernel; }
  std::int64_t row_tap(std::int64_t outer) const { return plane ? 0 : outer % row.kernel; }
};

// Tiles side by side in a row of tiles.
struct WinogradRun {
  std::int64_t image = 0, depth = 0;  // image of the batch, output along the depth axis
  std::int64_t tile_row = 0, tile_column = 0;
  std::int64_t tiles = 0;
};

// The run that starts with tile number `first`, of up to `most` tiles.
WinogradRun run_at(const WinogradShape& shape, std::int64_t first, std::int64_t most);

}  // namespace tconv::kernels
