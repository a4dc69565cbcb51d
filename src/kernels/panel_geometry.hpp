// Where the pixels of a layer whose every output has one tap lie in memory.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/box.hpp"

namespace tconv::kernels {

// Why some output has several taps, none, or one that another output of its phase has not; empty
// where there is no such output.
std::string refuse_one_tap(const Problem& problem);

// The pixels first, first + 1, ... that lie at the same distance from each other, from `at` on.
struct PixelRow {
  std::int64_t first = 0, count = 0;
  std::int64_t at = 0;  // elements
};

// Pixels of all images, numbered in row-major order, in one tensor's memory.
class PixelOrder {
 public:
  // Extents and steps, in elements, of images and of the last three axes.
  using Axes = std::array<std::int64_t, 1 + kBoxAxes>;
  PixelOrder(const Axes& extents, const Axes& steps);

  std::int64_t count() const { return count_; }
  std::int64_t step() const { return steps_.back(); }  // between pixels of a row
  // Pixels [first, first + count), cut where their distance changes.
  std::vector<PixelRow> rows(std::int64_t first, std::int64_t count) const;
  std::int64_t most_rows(std::int64_t count) const { return count / row_ + 2; }

 private:
  Axes extents_, steps_;
  std::int64_t count_ = 1;
  std::int64_t row_ = 1;    // pixels in one
  std::size_t in_row_ = 0;  // the outermost axis within it
};

// A pixel is what one output of each phase meets: any input of a transposed layer, and those of a
// forward one that are a stride apart. A phase is a tap of the kernel.
struct OneTap {
  Box phases{1, 1, 1};
  PixelOrder x, y;  // y of the first phase

  // Of a problem that refuse_one_tap takes.
  explicit OneTap(const Problem& problem);
};

}  // namespace tconv::kernels
