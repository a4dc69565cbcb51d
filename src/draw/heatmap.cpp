#include "draw/heatmap.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "draw/grid.hpp"
#include "draw/svg.hpp"
#include "io/numbers.hpp"

namespace tconv::draw {
namespace {

constexpr double kMargin = 24, kHeading = 74, kGap = 56, kLegend = 78, kLegendWidth = 760;
constexpr double kLargestSide = 560;  // of the plane
constexpr std::int64_t kWindow = 4;   // elements on either side of the worst
constexpr double kNumberCell = 46;    // wide enough for a difference such as -1.2e-05

// One axis of the plane.
struct PlaneAxis {
  std::int64_t extent = 1, stride = 1;  // in elements of the tensor
  std::int64_t per_cell = 1;

  std::int64_t cells() const { return (extent + per_cell - 1) / per_cell; }
  std::int64_t cell_of(std::int64_t position) const {
    return position / stride % extent / per_cell;
  }
};

PlaneAxis plane_axis(const io::Tensor& tensor, int axis) {
  if (axis < 0) return {};
  PlaneAxis made{.extent = tensor.shape[static_cast<std::size_t>(axis)],
                 .stride = tensor.strides[static_cast<std::size_t>(axis)]};
  made.per_cell = std::max<std::int64_t>(1, (made.extent + kMostCells - 1) / kMostCells);
  return made;
}

double difference_at(const HeatmapRequest& request, std::int64_t position) {
  std::array<double, 1> a{}, b{};
  io::read_numbers(request.a, position, std::span(a));
  io::read_numbers(request.b, position, std::span(b));
  return a[0] - b[0];
}

Grid plane_grid(const HeatmapRequest& request, const PlaneAxis& rows, const PlaneAxis& columns) {
  Grid grid(rows.cells(), columns.cells());
  io::visit_differing(request.a, request.b, request.tolerance, [&](std::int64_t position) {
    Cell& cell = grid.at(rows.cell_of(position), columns.cell_of(position));
    cell.differs = true;
    const double difference = std::abs(difference_at(request, position));
    if (!std::isfinite(difference)) {
      cell.finite = false;
      cell.value = difference;
    } else if (cell.finite) {
      cell.value = std::max(cell.value, difference);
    }
  });
  grid.row_step = rows.per_cell;
  grid.column_step = columns.per_cell;
  return grid;
}

// The elements around the worst one, in the plane that goes through it.
Grid window_grid(const HeatmapRequest& request, const PlaneAxis& rows, const PlaneAxis& columns) {
  const Shape& worst = request.comparison.worst_index;
  std::int64_t at = 0;
  for (std::size_t axis = 0; axis < worst.size(); ++axis)
    at += worst[axis] * request.a.strides[axis];
  const auto range = [](const PlaneAxis& axis, std::int64_t centre) {
    return std::pair(std::max<std::int64_t>(0, centre - kWindow),
                     std::min(axis.extent, centre + kWindow + 1));
  };
  const std::int64_t row = at / rows.stride % rows.extent;
  const std::int64_t column = at / columns.stride % columns.extent;
  const auto [row_begin, row_end] = range(rows, row);
  const auto [column_begin, column_end] = range(columns, column);
  Grid grid(row_end - row_begin, column_end - column_begin);
  grid.row_begin = row_begin;
  grid.column_begin = column_begin;
  const double scale = request.comparison.largest_difference;
  for (std::int64_t r = row_begin; r < row_end; ++r) {
    for (std::int64_t c = column_begin; c < column_end; ++c) {
      const std::int64_t position = at + (r - row) * rows.stride + (c - column) * columns.stride;
      std::array<double, 1> a{}, b{};
      io::read_numbers(request.a, position, std::span(a));
      io::read_numbers(request.b, position, std::span(b));
      Cell& cell = grid.at(r - row_begin, c - column_begin);
      cell.value = a[0] - b[0];
      cell.finite = std::isfinite(cell.value) || a[0] == b[0];
      if (!std::isfinite(cell.value) && cell.finite) cell.value = 0;  // one infinity in both
      cell.differs = !io::is_close(a[0], b[0], request.tolerance);
      if (cell.finite && std::abs(cell.value) <= 1e-12 * scale) cell.value = 0;
    }
  }
  grid.marked_row = row - row_begin;
  grid.marked_column = column - column_begin;
  grid.numbers = true;
  grid.cell = kNumberCell;
  return grid;
}

std::string axis_label(const PlaneAxis& axis, int number) {
  if (number < 0) return {};
  return axis.per_cell == 1 ? fmt::format("axis {}", number)
                            : fmt::format("axis {}, {} indices a cell", number, axis.per_cell);
}

std::string other_axes(const HeatmapRequest& request) {
  std::vector<int> others;
  for (int axis = 0; axis < static_cast<int>(request.a.shape.size()); ++axis) {
    const bool shown = axis == request.row_axis || axis == request.column_axis;
    if (!shown && request.a.shape[static_cast<std::size_t>(axis)] > 1) others.push_back(axis);
  }
  if (others.empty()) return "|A - B|";
  return fmt::format("largest |A - B| over {} {}", others.size() == 1 ? "axis" : "axes",
                     fmt::join(others, ", "));
}

std::string heading(const HeatmapRequest& request) {
  const io::Comparison& c = request.comparison;
  if (c.differing == 0) return fmt::format("all {} elements are within tolerance", c.elements);
  return fmt::format("{} of {} elements differ", c.differing, c.elements);
}

}  // namespace

std::string heatmap_svg(const HeatmapRequest& request) {
  const io::Comparison& c = request.comparison;
  const PlaneAxis rows = plane_axis(request.a, request.row_axis);
  const PlaneAxis columns = plane_axis(request.a, request.column_axis);
  Grid plane = plane_grid(request, rows, columns);
  const std::int64_t longest = std::max(plane.rows(), plane.columns());
  plane.row_label = axis_label(rows, request.row_axis);
  plane.column_label = axis_label(columns, request.column_axis);
  plane.title = other_axes(request);
  plane.numbers = static_cast<double>(longest) * kNumberCell <= kLargestSide;
  plane.cell = plane.numbers ? kNumberCell
                             : std::clamp(kLargestSide / static_cast<double>(longest), 5.0, 44.0);
  const Colours colours = colours_of(plane);

  Svg svg{
      .title = fmt::format("{} against {}: {}", request.a.name, request.b.name, heading(request)),
      .description = plane.title};
  svg.body = kHatch;
  svg.body += svg_text(kMargin, 30, heading(request), {.size = 18, .bold = true});
  svg.body += svg_text(kMargin, 52,
                       fmt::format("A {}, B {}, shape {}", request.a.name, request.b.name,
                                   io::shape_text(request.a.shape)),
                       {.size = 13});
  const Extent drawn = draw_grid(svg.body, plane, colours, kMargin, kHeading);
  Extent all{.width = kMargin + drawn.width, .height = kHeading + drawn.height};
  if (c.differing > 0 && !(plane.numbers && plane.title == "|A - B|")) {
    Grid window = window_grid(request, rows, columns);
    window.row_label = plane.row_label.empty() ? "" : fmt::format("axis {}", request.row_axis);
    window.column_label =
        plane.column_label.empty() ? "" : fmt::format("axis {}", request.column_axis);
    window.title = fmt::format("A - B around the worst, {}", io::shape_text(c.worst_index));
    const Extent beside = draw_grid(svg.body, window, colours, all.width + kGap, kHeading);
    all.width += kGap + beside.width;
    all.height = std::max(all.height, kHeading + beside.height);
  }
  draw_legend(svg.body, colours, kMargin, all.height + 30);
  svg.width = std::max(all.width + kMargin, kLegendWidth);
  svg.height = all.height + kLegend;
  return svg.file();
}

}  // namespace tconv::draw
