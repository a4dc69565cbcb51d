// Which inputs a few neighbouring outputs of an axis meet, and with which of the kernel's weights:
// the same geometry as axis_phases.hpp, arranged so that outputs share the inputs they read.
//
// With t = (p*a + j*b + c) / e (axis_map.hpp), output p meets input t through j = (t*e - p*a - c) /
// b. So j is affine in both: outputs whose distance times a is a multiple of b ("spacing") meet an
// input together, each with a weight at a fixed distance from the first one's.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/axis_map.hpp"

namespace tconv::kernels {

// An input that some of a tile's outputs meet.
struct AxisStep {
  std::int64_t input = 0;     // from the tile's reference input
  std::int64_t kernel = 0;    // the tap of output 0, were it inside the kernel
  std::uint64_t outputs = 0;  // bit r: output r of the tile meets it
  std::uint64_t lanes = 0;    // bit l: lane l is inside the input; rows have one lane
  friend bool operator==(const AxisStep&, const AxisStep&) = default;
};

// `count` outputs first, first + spacing, ... and the steps they take.
struct AxisTile {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t input = 0;  // the reference input
  std::size_t steps = 0;   // into AxisTiles::steps
};

// What tiles that differ only in their place share.
struct AxisSteps {
  std::int64_t count = 0;       // of the tile's outputs
  std::vector<AxisStep> steps;  // in ascending kernel order
  friend bool operator==(const AxisSteps&, const AxisSteps&) = default;
};

// The tiles of an axis. Steps are listed for those near the ends and for one period of the others,
// so that an axis of any extent is small.
class AxisTiles {
 public:
  // All outputs in tiles of up to `rows`.
  static AxisTiles rows(const AxisMap& map, std::int64_t rows);

  // All outputs in tiles of up to `lanes` for each phase: output number r of a tile is phase r, its
  // lane l is output first + r + l*phases, input_step() inputs from the next. Needs spacing() == 1
  // or one phase.
  static AxisTiles lanes(const AxisMap& map, std::int64_t lanes);

  std::int64_t count() const { return count_; }
  AxisTile tile(std::int64_t number) const;
  // How many tiles from this one on, itself included, take the same steps at equal distances.
  std::int64_t alike(std::int64_t number) const;
  const std::vector<AxisSteps>& steps() const { return steps_; }
  // From output r to r + 1 of a tile, added to AxisStep::kernel.
  std::int64_t kernel_per_output() const { return kernel_per_output_; }

 private:
  // `outputs` outputs first, first + distance, ..., `each` to a tile.
  struct Line {
    std::int64_t first_tile = 0, tiles = 0;
    std::int64_t first = 0, distance = 1, outputs = 0;
    std::int64_t head = 0, tail = 0;    // tiles between them repeat
    std::vector<std::size_t> ends{};    // the steps of the others
    std::vector<std::size_t> period{};  // theirs, from the first on
  };

  AxisTiles(const AxisMap& map, std::int64_t each) : map_(map), each_(each) {}
  const Line& line_of(std::int64_t number) const;
  AxisTile place(const Line& line, std::int64_t i) const;
  bool is_inside(const AxisTile& tile) const;
  AxisSteps steps_of(const AxisTile& tile) const;
  std::size_t listed(AxisSteps steps);
  void add_line(Line line);
  // Outputs first, first + distance, ... that had better be a tile of their own, because the tiles
  // after them then meet fewer inputs. Two rows of a transposed kernel of 4 by stride 2 meet two or
  // three.
  std::int64_t best_head(std::int64_t first, std::int64_t distance) const;

  AxisMap map_;
  std::int64_t each_;
  bool in_lanes_ = false;
  std::int64_t count_ = 0;
  std::int64_t kernel_per_output_ = 0;
  std::vector<Line> lines_;  // one or two for each output below the spacing
  std::vector<AxisSteps> steps_;
};

}  // namespace tconv::kernels
