// Outputs that share their taps, and the way through them a tile at a time.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/axis_phases.hpp"
#include "kernels/box.hpp"
#include "kernels/channel_tile.hpp"
#include "kernels/rounding.hpp"
#include "kernels/tap_order.hpp"

namespace tconv::kernels {

// Part of the outputs that one phase of each axis crosses out, in row-major order.
struct Region {
  Box phases{};
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t cut = 1;  // no tile goes over a multiple of it, counted from the first

  // Pixels of the next tile where `left` outputs are left: of nearly equal ones, `tile` at most.
  int next_tile(std::int64_t left, std::int64_t tile) const {
    const std::int64_t until_cut = (left - 1) % cut + 1;
    return static_cast<int>(quotient_up(until_cut, quotient_up(until_cut, tile)));
  }
};

// The geometry of one image and channel of a problem whose outside is zeros.
class Geometry {
 public:
  // Cuts the outputs into regions of about `work` multiply-adds a channel: a multiple of `tile`
  // outputs or, where tiles that end with the row are hardly smaller, of whole rows, except for a
  // phase's last.
  // Without `each_phase_of_rows` regions name only phase 0 of the last axis, and stand for all.
  // Those then have as many outputs each, of which the last may lie beyond the row.
  Geometry(const Problem& problem, std::int64_t work, std::int64_t tile, bool each_phase_of_rows);

  const AxisPhase& phase(const Box& phases, std::size_t axis) const {
    return axes_[axis][static_cast<std::size_t>(phases[axis])];
  }

  std::int64_t beyond_row() const { return beyond_row_; }  // outputs that do not exist

  std::int64_t regions() const { return regions_; }
  std::int64_t most_outputs() const;  // of any region
  Region region(std::int64_t number) const;

  const TapOrder& tap_order() const { return tap_order_; }
  // The packed taps of those phases; none where they meet none.
  TapOrder::Group taps(const Box& phases) const;

 private:
  // All outputs of one combination of phases.
  struct Whole {
    Box phases{};
    std::int64_t outputs = 0, most = 1;  // most outputs in one region
    std::int64_t row = 0;                // outputs that tiles end with, or 0
    std::int64_t first_region = 0;
  };

  std::array<std::vector<AxisPhase>, kBoxAxes> axes_;
  TapOrder tap_order_;
  std::vector<Whole> wholes_;
  std::int64_t regions_ = 0, beyond_row_ = 0;
};

// Combinations of phases that a Geometry would list, or kManyPhases where they are more.
inline constexpr std::int64_t kManyPhases = 1 << 16;
std::int64_t phase_combinations(const Problem& problem);

// Walks a region and tells of each tile of pixels where it reads and writes, and with which taps.
class TileWalk {
 public:
  // Steps from one element to the next along each axis and from one input channel to the next, in
  // any unit; w from one packed tap to the next.
  struct Steps {
    Box x{}, y{};
    std::int64_t x_channel = 0, w = 0;
  };

  TileWalk(const Geometry& geometry, const Region& region, const Steps& steps);

  // Fills x() and y() of the next `pixels` outputs, and taps().
  void next(int pixels);

  const std::int64_t* x() const { return x_.data(); }
  const std::int64_t* y() const { return y_.data(); }
  // In the order of tconv/problem.hpp, without those that no pixel of the tile meets.
  const std::vector<TapOffset>& taps() const { return inner_ ? inner_taps_ : edge_taps_; }
  // From an input to a second one that had better be fetched with the tap's, or 0.
  std::int64_t fetch_span() const { return fetch_span_; }
  // The tile's x() are all step() apart.
  bool evenly() const { return evenly_; }
  std::int64_t step() const { return dx_[kBoxAxes - 1]; }
  bool ends_row(int pixel) const { return (row_ends_ >> pixel & 1) != 0; }

 private:
  // Pixels of a tile that lie in one row, the first of them at an output of the phases.
  struct Piece {
    int first = 0, count = 0;
    Box at{};
  };

  void next_row();
  void find_edge_taps(int pixels);
  void list_taps(const TapOrder& order);

  std::array<const AxisPhase*, kBoxAxes> phases_{};
  Steps steps_;
  Box at_{}, dx_{}, dy_{};
  std::int64_t x_at_ = 0, y_at_ = 0, fetch_span_ = 0;
  bool inner_ = true;  // every pixel meets every tap
  bool evenly_ = true;
  std::array<std::int64_t, kMaxTilePixels> x_{}, y_{};
  std::array<Piece, kMaxTilePixels> piece_{};
  int pieces_ = 0;
  std::uint32_t row_ends_ = 0;  // bit m: pixel m is the last of its row
  std::vector<TapOffset> inner_taps_, edge_taps_;
  std::array<std::vector<std::uint32_t>, kBoxAxes> masks_;
};

}  // namespace tconv::kernels
