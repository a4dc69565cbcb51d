// Where a depthwise layer's rows are copied to, a band of them at a time.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/band.hpp"
#include "kernels/rounding.hpp"

namespace tconv::kernels {

// In elements. Rows are cut into two parts at stride 2 (kernels/padded_copy.hpp).
struct DepthwiseGeometry {
  std::int64_t stride = 1, columns = 0;  // of a row and its outputs
  std::int64_t pitch = 0;                // from a row to the next
  std::int64_t margin = 0;               // zeros before the first row, and room behind the last
  std::int64_t first_tap = 0;            // from a row's first element to what tap 0 meets
  std::int64_t odd_taps = 0;             // from there to what tap 1 meets, at stride 2

  // Vectors have so many lanes, elements so many bytes. Of a problem that refuse_depthwise takes.
  DepthwiseGeometry(const Problem& problem, std::int64_t lanes, std::int64_t bytes);

  const std::vector<Band>& bands() const { return bands_; }
  // Rows that a band's tiles read, of which the last may be beyond those that it needs.
  std::int64_t copied_rows(const Band& band) const;
  std::int64_t elements() const;  // of the largest band, with the margins

 private:
  std::int64_t row_tile() const;
  std::vector<Band> bands_of(const Problem& problem, std::int64_t bytes) const;

  Axis rows_{};
  std::vector<Band> bands_;
};

}  // namespace tconv::kernels
