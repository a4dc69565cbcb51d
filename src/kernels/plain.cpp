#include "kernels/plain.hpp"

#include <algorithm>

#include "kernels/region.hpp"

namespace tconv::kernels {

bool is_empty(const Problem& problem) {
  const auto extents = output_extents(problem);
  return problem.batch == 0 || problem.out_channels == 0 ||
         std::find(extents->begin(), extents->end(), 0) != extents->end();
}

std::string not_plain(const Problem& problem) {
  if (is_empty(problem)) return "y is empty";
  if (problem.rank > static_cast<int>(kBoxAxes)) return "more than three axes";
  if (copies_padding(problem)) {
    return "what lies outside the input is not zeros";
  }
  if (problem.dtype != DType::Float32 && problem.dtype != DType::Float64) {
    return "elements are half-precision";
  }
  if (phase_combinations(problem) == kManyPhases) return "the strides make too many phases";
  return {};
}

}  // namespace tconv::kernels
