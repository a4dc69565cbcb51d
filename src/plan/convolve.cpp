// From a problem to the kernel that runs it.
#include "tconv/convolve.hpp"

#include <fmt/format.h>

#include "kernels/reference.hpp"

namespace tconv {

Result<void> convolve(const Problem& problem, const Operands& operands) {
  if (const auto extents = output_extents(problem); !extents) return extents.error();
  if (!is_floating(problem.dtype)) {
    return Error{
        .code = ErrorCode::DTypeMismatch,
        .what = fmt::format("a convolution needs a floating dtype, got {}", name(problem.dtype))};
  }
  kernels::run_reference(problem, operands);
  return {};
}

}  // namespace tconv
