#include "kernels/plain.hpp"

#include <algorithm>

#include "kernels/region.hpp"

namespace tconv::kernels {

std::string not_plain(const Problem& problem) {
  const auto extents = output_extents(problem);
  const bool empty = std::find(extents->begin(), extents->end(), 0) != extents->end();
  if (empty || problem.batch == 0 || problem.out_channels == 0) return "y is empty";
  if (problem.rank > static_cast<int>(kBoxAxes)) return "more than three axes";
  if (problem.direction == Direction::Forward && problem.pad_mode != PadMode::Zeros) {
    return "what lies outside the input is not zeros";
  }
  if (problem.dtype != DType::Float32 && problem.dtype != DType::Float64) {
    return "elements are half-precision";
  }
  if (phase_combinations(problem) == kManyPhases) return "the strides make too many phases";
  return {};
}

}  // namespace tconv::kernels
