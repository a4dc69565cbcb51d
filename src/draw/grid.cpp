#include "draw/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "draw/svg.hpp"

namespace tconv::draw {
namespace {

constexpr std::string_view kWithin = "#e9eef3";
// Each clearly darker than the one before.
constexpr std::array<std::string_view, Colours::kLevels> kColours = {
    "#fde3b3", "#fbbf6b", "#f0893a", "#d3501f", "#99231a", "#520c14"};
constexpr std::size_t kFirstDark = 3;  // levels from here on take white numbers

constexpr double kTitle = 20;      // room above a grid
constexpr double kRowLabels = 46;  // and left of it
constexpr double kColumnLabels = 34;
constexpr double kTickRoom = 32;  // a label every so many units at least

std::string_view fill_of(const Cell& cell, const Colours& colours) {
  if (!cell.differs) return kWithin;
  if (!cell.finite) return "url(#hatch)";
  return kColours[colours.level(std::abs(cell.value))];
}

std::string number_of(const Cell& cell) {
  if (!cell.finite) return std::isnan(cell.value) ? "NaN" : cell.value > 0 ? "inf" : "-inf";
  return fmt::format("{:.2g}", cell.value);
}

// Cells of one fill that follow each other are one rectangle.
void draw_cells(std::string& body, const Grid& grid, const Colours& colours, double x, double y) {
  // Smoothed edges would show as lines between cells of one colour.
  body += "<g shape-rendering=\"crispEdges\">\n";
  for (std::int64_t row = 0; row < grid.rows(); ++row) {
    for (std::int64_t column = 0; column < grid.columns();) {
      const std::string_view fill = fill_of(grid.at(row, column), colours);
      std::int64_t end = column + 1;
      while (!grid.numbers && end < grid.columns() && fill_of(grid.at(row, end), colours) == fill) {
        ++end;
      }
      body += fmt::format(
          R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="{}"{}/>)"
          "\n",
          x + static_cast<double>(column) * grid.cell, y + static_cast<double>(row) * grid.cell,
          static_cast<double>(end - column) * grid.cell, grid.cell, fill,
          grid.numbers ? R"( stroke="#ffffff")" : "");
      column = end;
    }
  }
  body += "</g>\n";
}

void draw_numbers(std::string& body, const Grid& grid, const Colours& colours, double x, double y) {
  for (std::int64_t row = 0; row < grid.rows(); ++row) {
    for (std::int64_t column = 0; column < grid.columns(); ++column) {
      const Cell& cell = grid.at(row, column);
      const bool dark =
          cell.differs && cell.finite && colours.level(std::abs(cell.value)) >= kFirstDark;
      body += svg_text(x + (static_cast<double>(column) + 0.5) * grid.cell,
                       y + (static_cast<double>(row) + 0.5) * grid.cell + 4, number_of(cell),
                       {.size = 11,
                        .anchor = "middle",
                        .fill = dark ? "#ffffff" : "#222222",
                        .bold = cell.differs,
                        .halo = !cell.finite});
    }
  }
}

void draw_ticks(std::string& body, const Grid& grid, double x, double y) {
  const auto every =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(kTickRoom / grid.cell)));
  for (std::int64_t row = 0; row < grid.rows() && !grid.row_label.empty(); row += every) {
    body += svg_text(x - 5, y + (static_cast<double>(row) + 0.5) * grid.cell + 4,
                     std::to_string(grid.row_begin + row * grid.row_step),
                     {.size = 11, .anchor = "end", .fill = "#555555"});
  }
  const double below = y + static_cast<double>(grid.rows()) * grid.cell;
  for (std::int64_t column = 0; column < grid.columns() && !grid.column_label.empty();
       column += every) {
    body += svg_text(x + (static_cast<double>(column) + 0.5) * grid.cell, below + 14,
                     std::to_string(grid.column_begin + column * grid.column_step),
                     {.size = 11, .anchor = "middle", .fill = "#555555"});
  }
  body += svg_text(x, below + 30, grid.column_label, {.size = 12});
  if (grid.row_label.empty()) return;
  body += fmt::format(
      R"svg(<text transform="translate({:.1f} {:.1f}) rotate(-90)" font-size="12" fill="#222222">{}</text>)svg"
      "\n",
      x - 34, below, xml_text(grid.row_label));
}

}  // namespace

const char* const kHatch =
    R"(<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" )"
    R"svg(patternTransform="rotate(45)"><rect width="6" height="6" fill="#d8d8d8"/>)svg"
    R"(<rect width="2" height="6" fill="#222222"/></pattern></defs>)"
    "\n";

std::size_t Colours::level(double magnitude) const {
  std::size_t level = 0;
  while (level + 1 < kLevels && magnitude > bounds[level + 1]) ++level;
  return level;
}

Colours colours_of(const Grid& grid) {
  double smallest = 0, largest = 0;
  Colours colours;
  for (const Cell& cell : grid.cells()) {
    if (!cell.differs) continue;
    colours.not_finite = colours.not_finite || !cell.finite;
    if (!cell.finite) continue;
    smallest = colours.any ? std::min(smallest, cell.value) : cell.value;
    largest = std::max(largest, cell.value);
    colours.any = true;
  }
  const bool logarithmic = smallest > 0 && largest > 100 * smallest;
  for (std::size_t i = 0; i <= Colours::kLevels; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(Colours::kLevels);
    colours.bounds[i] =
        logarithmic ? smallest * std::pow(largest / smallest, part) : largest * part;
  }
  return colours;
}

Extent draw_grid(std::string& body, const Grid& grid, const Colours& colours, double x, double y) {
  const double left = x + (grid.row_label.empty() ? 0 : kRowLabels);
  const double top = y + kTitle;
  const double width = static_cast<double>(grid.columns()) * grid.cell;
  const double height = static_cast<double>(grid.rows()) * grid.cell;
  body += svg_text(left, y + 10, grid.title, {.size = 13, .bold = true});
  draw_cells(body, grid, colours, left, top);
  if (grid.numbers) draw_numbers(body, grid, colours, left, top);
  body += fmt::format(
      R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="none" stroke="#888888"/>)"
      "\n",
      left, top, width, height);
  if (grid.marked_row >= 0) {
    body +=
        fmt::format(R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="none" )"
                    R"(stroke="#111111" stroke-width="3"/>)"
                    "\n",
                    left + static_cast<double>(grid.marked_column) * grid.cell,
                    top + static_cast<double>(grid.marked_row) * grid.cell, grid.cell, grid.cell);
  }
  draw_ticks(body, grid, left, top);
  const double title_width = 7.2 * static_cast<double>(grid.title.size());
  return {.width = left - x + std::max(width, title_width),
          .height = kTitle + height + kColumnLabels};
}

void draw_legend(std::string& body, const Colours& colours, double x, double y) {
  constexpr double kSwatch = 74;
  const auto swatch = [&](double at, std::string_view fill) {
    body += fmt::format(
        R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="14" fill="{}" stroke="#888888"/>)"
        "\n",
        at, y, kSwatch, fill);
  };
  swatch(x, kWithin);
  body += svg_text(x, y + 28, "within tolerance", {.size = 11});
  double at = x + kSwatch + 12;
  if (colours.any) {
    for (std::size_t level = 0; level < Colours::kLevels; ++level, at += kSwatch) {
      swatch(at, kColours[level]);
      body += svg_text(at, y + 28, fmt::format("{:.2g}", colours.bounds[level]), {.size = 11});
    }
    body += svg_text(at, y + 28, fmt::format("{:.2g}", colours.bounds.back()),
                     {.size = 11, .anchor = "middle"});
    at += 24;
  }
  if (colours.not_finite) {
    swatch(at, "url(#hatch)");
    body += svg_text(at, y + 28, "NaN or infinite", {.size = 11});
  }
}

}  // namespace tconv::draw
