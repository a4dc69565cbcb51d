// Which problems kernels/depthwise.hpp leaves to others.
#include <algorithm>

#include "kernels/activation.hpp"
#include "kernels/depthwise.hpp"
#include "kernels/depthwise_rows.hpp"
#include "kernels/pixel_lanes.hpp"

namespace tconv::kernels {
namespace {

constexpr std::size_t H = kMaxAxes - 2, W = kMaxAxes - 1;

// Bands are listed: of a plane with more rows than this they would be too many.
constexpr std::int64_t kMostRows = 1 << 16;

// The least band of rows that are longer is none that stays in a cache.
constexpr std::int64_t kMostBandBytes = 256 << 10;

// The loop for tall kernels multiplies zeros that pixel lanes pass over, at up to 1.4 times their
// speed; narrow ones leave its innermost loop too little to do.
constexpr std::int64_t kNarrowKernel = 8;
constexpr double kLeastInside = 0.58;

// The share of an axis' taps that meet the input.
double share_inside(const Axis& axis, std::int64_t outputs) {
  double inside = 0;
  for (std::int64_t p = 0; p < outputs; ++p) {
    const std::int64_t first = p * axis.stride - axis.begin;
    const std::int64_t begin = std::max<std::int64_t>(first, 0);
    const std::int64_t end = std::min(first + axis.kernel, axis.input);
    inside += static_cast<double>(std::max<std::int64_t>(end - begin, 0));
  }
  return inside / static_cast<double>(outputs * axis.kernel);
}

template <typename T>
std::string refuse(const Problem& problem) {
  if (!depthwise_kernels(T{}).masks) return "the processor has no masked loads";
  if (problem.in_channels != problem.groups) return "a group has several input channels";
  if (problem.direction != Direction::Forward) return "it is transposed";
  const Axis& rows = problem.axes[H];
  const Axis& row = problem.axes[W];
  for (std::size_t a = 0; a < kMaxAxes; ++a) {
    const Axis& axis = problem.axes[a];
    if (a < H && !(axis == Axis{})) return "more than two axes";
    if (axis.input_dilation > 1 || axis.dilation > 1) return "it is dilated";
    if (axis.begin < 0 || axis.end < 0) return "padding cuts";
  }
  const DepthwiseKernel kernel{.rows = rows.kernel, .columns = row.kernel, .stride = row.stride};
  if (!kernel.has_loop() || rows.stride != (kernel.rows == 1 ? 1 : row.stride)) {
    return "there is no loop of that kernel and stride";
  }
  const std::int64_t row_bytes = kMostBandBytes / (2 * rows.kernel);
  if (row.input + row.begin + row.end > row_bytes / size_bytes(problem.dtype)) {
    return "a band of whole rows is too large";
  }
  if ((*output_extents(problem))[H] > kMostRows) return "the plane has very many rows";
  if (row.begin > row.kernel || rows.begin > rows.kernel) return "so much padding is mostly zeros";
  if (rows.kernel >= kTallKernel) {
    const auto outputs = *output_extents(problem);
    if (row.kernel < kNarrowKernel) return "the kernel is tall and narrow";
    if (share_inside(rows, outputs[H]) * share_inside(row, outputs[W]) < kLeastInside) {
      return "too many taps meet the padding";
    }
  }
  if (problem.x.axes[kMaxAxes - 1] != 1 || problem.y.axes[kMaxAxes - 1] != 1) {
    return "the elements of a row do not lie side by side";
  }
  if (!is_fused(problem.activation)) return "the activation is not done in registers";
  return refuse_pixel_lanes(problem);
}

}  // namespace

std::string refuse_depthwise(const Problem& problem) {
  return problem.dtype == DType::Float64 ? refuse<double>(problem) : refuse<float>(problem);
}

}  // namespace tconv::kernels
