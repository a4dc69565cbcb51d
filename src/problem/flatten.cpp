#include "problem/flatten.hpp"

namespace tconv {
namespace {

bool is_pointwise(const Axis& axis) {
  return axis.kernel == 1 && axis.stride == 1 && axis.input_dilation == 1 && axis.begin == 0 &&
         axis.end == 0;
}

// Whether stepping over the whole inner axis is one step along the outer.
bool are_dense(const TensorStrides& strides, std::size_t outer, std::int64_t inner_extent) {
  return strides.axes[outer] == strides.axes[outer + 1] * inner_extent;
}

}  // namespace

Problem flattened(const Problem& problem) {
  Problem flat = problem;
  std::size_t first = static_cast<std::size_t>(kMaxAxes - problem.rank);
  for (std::size_t inner = kMaxAxes - 1; inner > first;) {
    const std::size_t outer = inner - 1;
    const std::int64_t extent = flat.axes[inner].input;
    if (!is_pointwise(flat.axes[inner]) || !is_pointwise(flat.axes[outer]) ||
        !are_dense(flat.x, outer, extent) || !are_dense(flat.y, outer, extent)) {
      --inner;
      continue;
    }
    flat.axes[inner].input *= flat.axes[outer].input;
    for (std::size_t a = outer; a > first; --a) {
      flat.axes[a] = flat.axes[a - 1];
      flat.x.axes[a] = flat.x.axes[a - 1];
      flat.y.axes[a] = flat.y.axes[a - 1];
      flat.w.axes[a] = flat.w.axes[a - 1];
    }
    flat.axes[first] = {};
    flat.x.axes[first] = flat.y.axes[first] = flat.w.axes[first] = 0;
    ++first;
    --flat.rank;
  }
  return flat;
}

}  // namespace tconv
