#include "kernels/panel_geometry.hpp"

#include <algorithm>

namespace tconv::kernels {
namespace {

PixelOrder order_of(const Problem& problem, const TensorStrides& tensor, bool per_phase) {
  const bool forward = problem.direction == Direction::Forward;
  const auto extents = output_extents(problem);
  PixelOrder::Axes pixels{problem.batch}, steps{tensor.batch};
  for (std::size_t a = 0; a < kBoxAxes; ++a) {
    const Axis& axis = problem.axes[kFirstBoxAxis + a];
    pixels[1 + a] = forward ? (*extents)[kFirstBoxAxis + a] : axis.input;
    steps[1 + a] = tensor.axes[kFirstBoxAxis + a] * (per_phase ? axis.stride : 1);
  }
  return {pixels, steps};
}

Box phases_of(const Problem& problem) {
  Box phases{};
  for (std::size_t a = 0; a < kBoxAxes; ++a) phases[a] = problem.axes[kFirstBoxAxis + a].kernel;
  return phases;
}

}  // namespace

std::string refuse_one_tap(const Problem& problem) {
  const bool forward = problem.direction == Direction::Forward;
  for (const Axis& axis : problem.axes) {
    if (axis.begin != 0 || axis.end != 0) return "it is padded or cut";
    if (axis.input_dilation > 1) return "x is dilated";
    if (axis.kernel > 1 && axis.dilation > 1) return "the kernel is dilated";
    if (forward && axis.kernel > 1) return "an output has several taps";
    if (!forward && axis.kernel != axis.stride) return "the kernel is not as long as the stride";
  }
  return {};
}

PixelOrder::PixelOrder(const Axes& extents, const Axes& steps) : extents_(extents), steps_(steps) {
  for (const std::int64_t extent : extents_) count_ *= extent;
  in_row_ = extents_.size() - 1;
  row_ = extents_[in_row_];
  while (in_row_ > 0 && (extents_[in_row_ - 1] == 1 || steps_[in_row_ - 1] == row_ * step())) {
    row_ *= extents_[--in_row_];
  }
}

std::vector<PixelRow> PixelOrder::rows(std::int64_t first, std::int64_t count) const {
  std::vector<PixelRow> rows;
  for (const std::int64_t end = first + count; first < end;) {
    const std::int64_t within = first % row_;
    std::int64_t at = within * step();
    std::int64_t outer = first / row_;
    for (std::size_t a = in_row_; a-- > 0; outer /= extents_[a]) {
      at += outer % extents_[a] * steps_[a];
    }
    rows.push_back({.first = first, .count = std::min(row_ - within, end - first), .at = at});
    first += rows.back().count;
  }
  return rows;
}

OneTap::OneTap(const Problem& problem)
    : phases(phases_of(problem)),
      x(order_of(problem, problem.x, problem.direction == Direction::Forward)),
      y(order_of(problem, problem.y, problem.direction == Direction::Transposed)) {}

}  // namespace tconv::kernels
