#include "kernels/winograd_shape.hpp"

#include <algorithm>
#include <string>

#include "kernels/plain.hpp"
#include "kernels/region.hpp"
#include "kernels/winograd_points.hpp"
#include "kernels/winograd_product.hpp"

namespace tconv::kernels {
namespace {

// Costs of a point of a tile and channel, in multiply-adds: into points, out of them.
constexpr double kInputCost = 10, kResultCost = 6;
// A transformed weight comes from memory in the time of so many multiply-adds; from a shared cache,
// where it has that size, in fewer.
constexpr double kWeightCost = 16, kCachedWeightCost = 5;
constexpr double kCacheBytes = 8 << 20;
// Offsets into more weights than these might overflow.
constexpr double kMostWeights = 1e15;

constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;

// Neighbouring outputs meet neighbouring inputs, three taps each.
bool is_transformed(Direction direction, const Axis& axis) {
  const AxisMap map(direction, axis, 1);
  return axis.kernel == kWinogradTaps && map.a == 1 && axis.dilation == 1 && map.e == 1;
}

AxisMap axis_map(const Problem& problem, std::size_t a) {
  return AxisMap(problem.direction, problem.axes[a], (*output_extents(problem))[a]);
}

}  // namespace

WinogradShape::WinogradShape(const Problem& problem, WinogradTile size)
    : tile(static_cast<std::int64_t>(size)),
      plane(is_transformed(problem.direction, problem.axes[H])),
      points(plane ? (tile + 2) * (tile + 2) : tile + 2),
      depth(axis_map(problem, D)),
      row(axis_map(problem, H)),
      column(axis_map(problem, W)),
      I(problem.in_channels / problem.groups),
      O(problem.out_channels / problem.groups),
      outer_taps(depth.kernel * (plane ? 1 : row.kernel)),
      tile_rows(plane ? (row.outputs + tile - 1) / tile : row.outputs),
      tile_columns((column.outputs + tile - 1) / tile),
      images(problem.batch * depth.outputs) {}

WinogradRun run_at(const WinogradShape& shape, std::int64_t first, std::int64_t most) {
  const std::int64_t line = first / shape.tile_columns, column = first % shape.tile_columns;
  const std::int64_t image = line / shape.tile_rows;
  return {.image = image / shape.depth.outputs,
          .depth = image % shape.depth.outputs,
          .tile_row = line % shape.tile_rows,
          .tile_column = column,
          .tiles = std::min(most, shape.tile_columns - column)};
}

std::string refuse_winograd(const Problem& problem) {
  if (std::string why = not_plain(problem); !why.empty()) return why;
  if (!is_transformed(problem.direction, problem.axes[W])) {
    return "not three taps, stride 1 and dilation 1 along the last axis";
  }
  double weights = static_cast<double>(problem.in_channels) *
                   static_cast<double>(problem.out_channels / problem.groups);
  for (std::size_t a = D; a < kMaxAxes; ++a) {
    if (problem.axes[a].input == 0) return "x is empty";
    if (AxisMap(problem.direction, problem.axes[a], 1).e != 1) return "x is dilated";
    weights *= static_cast<double>(problem.axes[a].kernel);
  }
  if (weights == 0) return "x is empty";
  if (weights > kMostWeights) return "too many weights";
  return {};
}

double exact_cost(const Problem& problem) {
  const WinogradShape s(problem, WinogradTile::Two);
  const double taps = static_cast<double>(s.depth.kernel * s.row.kernel * s.column.kernel);
  const double outputs =
      static_cast<double>(s.images) * static_cast<double>(s.row.outputs * s.column.outputs);
  return outputs * taps * static_cast<double>(s.I) * static_cast<double>(problem.out_channels);
}

double winograd_cost(const Problem& problem, WinogradTile tile) {
  const WinogradShape s(problem, tile);
  const bool wide = problem.dtype == DType::Float64;
  const std::int64_t lanes = wide ? winograd_kernels(0.0).lanes : winograd_kernels(0.0F).lanes;
  const std::int64_t vectors = s.outer_taps * ((s.I + lanes - 1) / lanes);
  const double K = static_cast<double>(vectors * lanes);
  const double O = static_cast<double>((s.O + lanes - 1) / lanes * lanes);
  const double points = static_cast<double>(problem.groups * s.points);
  const double tiles = static_cast<double>(s.tiles());
  const double bytes = points * K * O * static_cast<double>(size_bytes(problem.dtype));
  const double reading = bytes > kCacheBytes ? kWeightCost : kCachedWeightCost;
  const double products = K * O * std::max(tiles, reading);
  return points * (products + tiles * (kInputCost * K + kResultCost * O));
}

double winograd_bound(const Problem& problem, WinogradTile tile) {
  // The largest sum over points e of |A_re| |G_ek| (sum of |B_ej| over j), over results r and taps
  // k.
  const double axis = tile == WinogradTile::Two ? 4 : 13;
  return WinogradShape(problem, tile).plane ? axis * axis : axis;
}

}  // namespace tconv::kernels
