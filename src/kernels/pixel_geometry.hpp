// How pixel lanes cut a problem into tiles, and the steps each of them takes.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/axis_steps.hpp"
#include "kernels/pixel_shape.hpp"
#include "kernels/pixel_tile.hpp"
#include "kernels/region.hpp"

namespace tconv::kernels {

class PixelGeometry {
 public:
  // The steps of one tile, for any channel.
  struct List {
    std::vector<PixelStep> steps{};
    std::vector<PixelRun> runs{};
    int sequence = -1;  // of the steps of every row (pixel_rows.hpp), or -1
    std::vector<PixelRow> rows{};
    std::int64_t low = 0, high = 0;  // bytes between which loads read, from a channel's first input
    std::vector<std::int64_t> lines{};  // of the cache, that the tile below will meet first
    bool all_lanes = true;
  };

  // The weights are packed: taps in row-major order, and of each packed_channels() side by side.
  // Vectors have so many lanes, and registers hold so many sums; elements of x and w have so many
  // bytes, those of y perhaps others. The problem is one that refuse_pixel_lanes does not refuse.
  PixelGeometry(const Problem& problem, std::int64_t lanes, int max_sums, std::int64_t bytes,
                std::int64_t y_bytes);

  const TileShape& shape() const { return shape_; }
  std::int64_t count(std::size_t axis) const { return axes_[axis].count(); }
  AxisTile tile(std::size_t axis, std::int64_t number) const { return axes_[axis].tile(number); }
  std::int64_t alike(std::size_t axis, std::int64_t number) const {
    return axes_[axis].alike(number);
  }
  // Tiles had better follow each other along the rows: what they read stays cached for those below,
  // and what they write is side by side. If not, they go down the columns.
  bool along_rows() const { return along_rows_; }
  const List& list(const AxisTile& d, const AxisTile& h, const AxisTile& w) const {
    return lists_[(d.steps * axes_[1].steps().size() + h.steps) * axes_[2].steps().size() +
                  w.steps];
  }
  // Few channels lie side by side however they are cut into tiles, so that problems that differ
  // only in their extents share their packed weights; more, by the tile.
  std::int64_t packed_channels() const { return packed_channels_; }
  std::int64_t longest_list() const { return longest_; }
  std::int64_t vectors_for(std::int64_t lanes) const { return (lanes + lanes_ - 1) / lanes_; }

  std::int64_t outputs() const { return outputs_; }                // of the last axis
  std::int64_t x_lane_step() const { return x_lane_step_; }        // elements from lane to lane
  const Box& x_step() const { return x_step_; }                    // bytes
  const std::int64_t* w_units() const { return w_units_.data(); }  // bytes from unit 0
  const std::int64_t* y_slots() const { return y_slots_.data(); }
  // The slots that exist in a tile of so many rows.
  std::uint32_t slots_of_rows(std::int64_t rows) const {
    return stored_[static_cast<std::size_t>(rows)];
  }

 private:
  void order_tiles(const Problem& problem, const std::vector<AxisMap>& maps, std::int64_t bytes);
  bool middle_is_full() const;
  void lay_out_slots(const Problem& problem, std::int64_t row_spacing, std::int64_t y_bytes);
  List list_of(const AxisSteps& ds, const AxisSteps& hs, const AxisSteps& ws) const;
  void add_lines(const AxisStep& d, const AxisStep& h, const AxisSteps& ws, List& list) const;
  void add_row(const AxisStep& d, const AxisStep& h, const AxisSteps& ws, List& list) const;
  int sequence_for(const AxisSteps& hs, const AxisSteps& ws) const;
  std::vector<PixelRun> runs_named(std::uint64_t rows, std::uint64_t phases) const;

  std::int64_t lanes_;
  TileShape shape_;
  std::vector<AxisTiles> axes_;  // one for each axis of the box
  Box x_step_{}, w_step_{};
  std::int64_t rows_below_ = 0;  // from a tile's inputs to those below; 0: none are fetched
  std::int64_t rows_ahead_ = 0;  // to those that are fetched
  bool along_rows_ = false;
  std::int64_t packed_channels_ = 1, outputs_ = 0, longest_ = 0, x_lane_step_ = 1;
  std::array<std::int64_t, kMaxSlots> w_units_{}, y_slots_{};
  std::vector<std::uint32_t> stored_;
  std::vector<List> lists_;
};

}  // namespace tconv::kernels
