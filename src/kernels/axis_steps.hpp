// Which inputs a few neighbouring outputs of an axis meet, and with which of the kernel's weights:
// the same geometry as axis_phases.hpp, arranged so that outputs share the inputs they read.
//
// With t = (p*a + j*b + c) / e as there, output p meets input t through j = (t*e - p*a - c) / b. So
// j is affine in both: outputs whose distance times a is a multiple of b ("spacing") meet an input
// together, each with a weight at a fixed distance from the first one's.
#pragma once
#include <cstdint>
#include <vector>

#include "tconv/problem.hpp"

namespace tconv::kernels {

struct AxisMap {
  std::int64_t a = 1, b = 1, c = 0, e = 1;
  std::int64_t input = 1, kernel = 1, outputs = 1;

  AxisMap(Direction direction, const Axis& axis, std::int64_t outputs);

  std::int64_t spacing() const;     // of outputs that share inputs
  std::int64_t phases() const;      // outputs this far apart see the input alike, ...
  std::int64_t input_step() const;  // ... this far on
};

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

struct AxisTiles {
  std::vector<AxisTile> tiles;
  std::vector<AxisSteps> steps;
  std::int64_t kernel_per_output = 0;  // from output r to r + 1, added to AxisStep::kernel
};

// All outputs in tiles of up to `rows`.
AxisTiles row_tiles(const AxisMap& map, std::int64_t rows);

// All outputs in tiles of up to `lanes` for each phase: output number r of a tile is phase r, its
// lane l is output first + r + l*phases. Needs input_step() == 1, and spacing() == 1 or one phase.
AxisTiles lane_tiles(const AxisMap& map, std::int64_t lanes);

}  // namespace tconv::kernels
