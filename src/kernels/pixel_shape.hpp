// How many outputs a tile of pixel lanes holds, and in what order.
#pragma once
#include <cstdint>

#include "kernels/axis_map.hpp"

namespace tconv::kernels {

// How many slots and vectors a tile has: slot number (o*rows + r)*phases + f is channel o at row r
// and phase f of the row; that row and phase are a unit.
struct TileShape {
  std::int64_t channels = 1, rows = 1, phases = 1;
  std::int64_t vectors = 1;
  bool in_sequences = false;  // rows and channels are those of the loops of pixel_rows.hpp

  std::int64_t units() const { return rows * phases; }
};

// Of a problem with so many output channels in a group, for vectors of so many lanes and registers
// for so many sums.
TileShape pixel_tile_shape(std::int64_t channels, const AxisMap& rows, const AxisMap& row,
                           std::int64_t lanes, int max_sums);

}  // namespace tconv::kernels
