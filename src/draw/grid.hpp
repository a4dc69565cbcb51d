// A grid of coloured cells with numbered rows and columns, and the legend of its colours.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tconv::draw {

struct Cell {
  double value = 0;  // its magnitude picks the colour
  bool differs = false;
  bool finite = true;
};

class Grid {
 public:
  Grid(std::int64_t rows, std::int64_t columns)
      : rows_(rows), columns_(columns), cells_(static_cast<std::size_t>(rows * columns)) {}

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  Cell& at(std::int64_t row, std::int64_t column) {
    return cells_[static_cast<std::size_t>(row * columns_ + column)];
  }
  const Cell& at(std::int64_t row, std::int64_t column) const {
    return cells_[static_cast<std::size_t>(row * columns_ + column)];
  }
  const std::vector<Cell>& cells() const { return cells_; }

  std::string title{}, row_label{}, column_label{};
  double cell = 10;                                  // side of a cell
  bool numbers = false;                              // each cell shows its value
  std::int64_t row_begin = 0, column_begin = 0;      // index of the first cell
  std::int64_t row_step = 1, column_step = 1;        // indices a cell
  std::int64_t marked_row = -1, marked_column = -1;  // outlined

 private:
  std::int64_t rows_, columns_;
  std::vector<Cell> cells_;
};

// Levels of magnitude, each with a colour, lighter for less; told apart without colour vision.
struct Colours {
  static constexpr std::size_t kLevels = 6;
  std::array<double, kLevels + 1> bounds{};  // bounds[i] <= value <= bounds[i + 1] is level i
  bool any = false;                          // a finite difference there is
  bool not_finite = false;                   // and another one

  std::size_t level(double magnitude) const;
};

// Equal steps of the differences' logarithm where they span more than a factor of 100, else of
// themselves.
Colours colours_of(const Grid& grid);

struct Extent {
  double width = 0, height = 0;
};

// Pattern that stands for what is not finite; comes first in the file.
extern const char* const kHatch;

// Appends the grid with its upper left corner at (x, y); returns the room it takes.
Extent draw_grid(std::string& body, const Grid& grid, const Colours& colours, double x, double y);

void draw_legend(std::string& body, const Colours& colours, double x, double y);

}  // namespace tconv::draw
