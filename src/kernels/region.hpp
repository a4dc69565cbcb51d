// Boxes of outputs that meet the same taps, and the way through one.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/axis_runs.hpp"
#include "kernels/channel_tile.hpp"

namespace tconv::kernels {

// The last three axes of a problem, the ones fast kernels know.
inline constexpr std::size_t kBoxAxes = 3;
inline constexpr std::size_t kFirstBoxAxis = kMaxAxes - kBoxAxes;

// One run of each axis: outputs that meet the same taps. Part of one, where it is long.
struct Region {
  std::array<AxisRun, kBoxAxes> runs;
  std::int64_t first = 0;  // of its outputs in row-major order
  std::int64_t count = 0;
};

// The geometry of a whole problem whose outside is zeros.
class Regions {
 public:
  explicit Regions(const Problem& problem);

  // All outputs of one image and channel, cut into regions of at most `outputs(taps)` each.
  const std::vector<Region>& regions() const { return regions_; }
  void cut(std::int64_t work, std::int64_t tile);

  // The taps of a region in the order of tconv/problem.hpp. x_step holds the bytes from one input
  // to the next along each axis, w_step those between neighbouring taps of the packed weights.
  void taps(const Region& region, const std::array<std::int64_t, kBoxAxes>& x_step,
            std::int64_t w_step, std::vector<TapOffset>& taps) const;

 private:
  std::array<AxisRuns, kBoxAxes> axes_;
  std::array<std::int64_t, kBoxAxes> kernel_{};
  std::vector<Region> regions_;
};

std::int64_t taps_count(const Region& region);

// Walks the outputs of a region and tells where each reads and writes, in any unit.
class Walk {
 public:
  Walk(const Region& region, const std::array<std::int64_t, kBoxAxes>& x_step,
       const std::array<std::int64_t, kBoxAxes>& y_step);

  std::int64_t x() const { return x_; }
  std::int64_t y() const { return y_; }

  void next() {
    std::size_t a = kBoxAxes - 1;
    x_ += dx_[a];
    y_ += dy_[a];
    while (++at_[a] == count_[a] && a > 0) {
      at_[a] = 0;
      --a;
      // Back to the start of the inner axis, one on along the outer.
      x_ += carry_x_[a];
      y_ += carry_y_[a];
    }
  }

 private:
  std::array<std::int64_t, kBoxAxes> at_{}, count_{}, dx_{}, dy_{}, carry_x_{}, carry_y_{};
  std::int64_t x_ = 0, y_ = 0;
};

}  // namespace tconv::kernels
