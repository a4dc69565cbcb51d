#include "kernels/depthwise_geometry.hpp"

#include <algorithm>

#include "kernels/depthwise_rows.hpp"

namespace tconv::kernels {
namespace {

// Beside the part of y that it gives, a band stays in a core's first cache.
constexpr std::int64_t kBandBytes = 24 << 10;

// Two of the widest vectors: a tile reads beyond its last output by less.
constexpr std::int64_t kLeastMargin = 32;

}  // namespace

DepthwiseGeometry::DepthwiseGeometry(const Problem& problem, std::int64_t lanes, std::int64_t bytes)
    : stride(problem.axes[kMaxAxes - 1].stride), rows_(problem.axes[kMaxAxes - 2]) {
  const Axis& row = problem.axes[kMaxAxes - 1];
  columns = (*output_extents(problem))[kMaxAxes - 1];
  margin = rounded_up(std::max(kLeastMargin, row.begin), kLeastMargin);
  // Zeros behind a part of a row: as many as are read behind it, and before the next.
  const std::int64_t held = (row.input + stride - 1) / stride;
  const std::int64_t reach = (columns - 1) * stride + row.kernel - row.begin;
  const std::int64_t read = std::max(reach, row.input + row.begin) / stride + 1;
  pitch = rounded_up(std::max(held + 1, read), lanes) * stride;
  const std::int64_t half = pitch / 2;
  if (stride == 1) {
    first_tap = -row.begin;
  } else if (row.begin % 2 == 0) {
    first_tap = -row.begin / 2;
    odd_taps = half;
  } else {  // tap 0 meets an odd element, tap 1 the even one behind it
    first_tap = half - (row.begin + 1) / 2;
    odd_taps = 1 - half;
  }
  bands_ = bands_of(problem, bytes);
}

std::int64_t DepthwiseGeometry::row_tile() const { return rows_.kernel == 1 ? 1 : kDepthwiseRows; }

std::int64_t DepthwiseGeometry::copied_rows(const Band& band) const {
  return (rounded_up(band.count, row_tile()) - 1) * rows_.stride + rows_.kernel;
}

std::int64_t DepthwiseGeometry::elements() const {
  std::int64_t most = 0;
  for (const Band& band : bands_) most = std::max(most, copied_rows(band));
  return margin + most * pitch + margin;
}

std::vector<Band> DepthwiseGeometry::bands_of(const Problem& problem, std::int64_t bytes) const {
  const std::int64_t outputs = (*output_extents(problem))[kMaxAxes - 2];
  const std::int64_t fit = kBandBytes / (pitch * bytes) - rows_.kernel;
  const std::int64_t tiles = std::max<std::int64_t>(1, fit / rows_.stride / row_tile());
  const std::int64_t all = (outputs + row_tile() - 1) / row_tile();
  const std::int64_t bands = (all + tiles - 1) / tiles;
  const std::int64_t count = (all + bands - 1) / bands * row_tile();
  return zero_padded_bands(problem.direction, rows_, outputs, std::min(outputs, count));
}

}  // namespace tconv::kernels
