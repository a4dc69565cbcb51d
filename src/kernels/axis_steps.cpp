#include "kernels/axis_steps.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace tconv::kernels {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {  // b > 0
  return a / b - (a % b < 0 ? 1 : 0);
}

// The inputs from `low` to `high` that some output p(r), r < outputs, meets with a tap of the
// kernel, in ascending order of that tap. Positions are relative to `reference`.
std::vector<AxisStep> steps_between(const AxisMap& map, std::int64_t low, std::int64_t high,
                                    std::int64_t reference, std::int64_t first,
                                    std::int64_t outputs, std::int64_t distance) {
  std::vector<AxisStep> steps;
  for (std::int64_t input = low; input <= high; ++input) {
    const std::int64_t scaled = input * map.e - first * map.a - map.c;
    if (scaled % map.b != 0) continue;
    AxisStep step{.input = input - reference, .kernel = scaled / map.b};
    for (std::int64_t r = 0; r < outputs; ++r) {
      const std::int64_t j = step.kernel - r * distance * map.a / map.b;
      if (0 <= j && j < map.kernel) step.outputs |= std::uint64_t{1} << r;
    }
    if (step.outputs != 0) steps.push_back(step);
  }
  if (map.b < 0) std::reverse(steps.begin(), steps.end());
  return steps;
}

// A span that holds every input that outputs first to last meet, whether it exists or not.
std::pair<std::int64_t, std::int64_t> reach(const AxisMap& map, std::int64_t first,
                                            std::int64_t last) {
  const std::int64_t kernel = (map.kernel - 1) * map.b;
  return {floor_divide(first * map.a + map.c + std::min<std::int64_t>(0, kernel), map.e),
          floor_divide(last * map.a + map.c + std::max<std::int64_t>(0, kernel), map.e) + 1};
}

std::size_t shared(std::vector<AxisSteps>& lists, AxisSteps steps) {
  const auto same = std::find(lists.begin(), lists.end(), steps);
  if (same != lists.end()) return static_cast<std::size_t>(same - lists.begin());
  lists.push_back(std::move(steps));
  return lists.size() - 1;
}

}  // namespace

AxisMap::AxisMap(Direction direction, const Axis& axis, std::int64_t extent)
    : input(axis.input), kernel(axis.kernel), outputs(extent) {
  const bool forward = direction == Direction::Forward;
  a = forward ? axis.stride : 1;
  b = forward ? axis.dilation : -axis.dilation;
  c = forward ? -axis.begin : axis.begin;
  e = forward ? axis.input_dilation : axis.stride;
}

std::int64_t AxisMap::spacing() const { return std::abs(b) / std::gcd(a, b); }
std::int64_t AxisMap::phases() const { return e / std::gcd(a, e); }
std::int64_t AxisMap::input_step() const { return a * phases() / e; }

AxisTiles row_tiles(const AxisMap& map, std::int64_t rows) {
  const std::int64_t spacing = map.spacing();
  AxisTiles result{.tiles = {}, .steps = {}, .kernel_per_output = -spacing * map.a / map.b};
  for (std::int64_t offset = 0; offset < std::min(spacing, map.outputs); ++offset) {
    const std::int64_t all = (map.outputs - offset - 1) / spacing + 1;
    const std::int64_t tiles = (all + rows - 1) / rows;
    for (std::int64_t i = 0, done = 0; i < tiles; ++i) {
      AxisTile tile{.first = offset + done * spacing, .count = (all - done) / (tiles - i)};
      done += tile.count;
      const auto [low, high] = reach(map, tile.first, tile.first + (tile.count - 1) * spacing);
      tile.input = low;
      std::vector<AxisStep> steps =
          steps_between(map, std::max<std::int64_t>(0, low), std::min(map.input - 1, high), low,
                        tile.first, tile.count, spacing);
      for (AxisStep& step : steps) step.lanes = 1;
      tile.steps = shared(result.steps, {.count = tile.count, .steps = std::move(steps)});
      result.tiles.push_back(tile);
    }
  }
  return result;
}

AxisTiles lane_tiles(const AxisMap& map, std::int64_t lanes) {
  const std::int64_t phases = map.phases();
  AxisTiles result{.tiles = {}, .steps = {}, .kernel_per_output = phases == 1 ? 0 : -map.a / map.b};
  const std::int64_t all = (map.outputs + phases - 1) / phases;  // of the longest phase
  for (std::int64_t first = 0; first < all; first += lanes) {
    AxisTile tile{.first = first * phases, .count = std::min(lanes, all - first), .input = first};
    const auto [low, high] = reach(map, 0, phases - 1);
    std::vector<AxisStep> steps;
    for (AxisStep& step : steps_between(map, low, high, 0, 0, phases, 1)) {
      for (std::int64_t l = 0; l < tile.count; ++l) {
        const std::int64_t input = step.input + tile.input + l;
        if (0 <= input && input < map.input) step.lanes |= std::uint64_t{1} << l;
      }
      if (step.lanes != 0) steps.push_back(step);
    }
    tile.steps = shared(result.steps, {.count = tile.count, .steps = std::move(steps)});
    result.tiles.push_back(tile);
  }
  return result;
}

}  // namespace tconv::kernels
