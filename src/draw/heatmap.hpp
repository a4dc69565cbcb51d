// A picture of where two tensors differ, and by how much.
#pragma once
#include <string>

#include "io/compare.hpp"

namespace tconv::draw {

// Tensors of one shape, dense and native (io::gathered).
struct HeatmapRequest {
  const io::Tensor& a;
  const io::Tensor& b;
  io::Tolerance tolerance{};
  io::Comparison comparison{};
  int row_axis = -1, column_axis = -1;  // -1: the picture has one row, or one column
};

// An SVG file. Left, the plane of the two axes: a cell holds the largest |a - b| of the elements
// that differ there, over all other axes (and over neighbours, where the axis is longer than
// kMostCells). Right, the elements around the worst one, with their differences as numbers, unless
// the left one shows them already. What is not finite is hatched, so that nothing is said by colour
// alone. The same tensors give the same bytes.
inline constexpr std::int64_t kMostCells = 96;
std::string heatmap_svg(const HeatmapRequest& request);

}  // namespace tconv::draw
