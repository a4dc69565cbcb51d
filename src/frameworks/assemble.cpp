#include "frameworks/assemble.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

namespace tconv::frameworks {

std::size_t first_axis(const Problem& problem) {
  return static_cast<std::size_t>(kMaxAxes - problem.rank);
}

std::vector<std::size_t> consecutive(std::size_t first, int count) {
  std::vector<std::size_t> axes(static_cast<std::size_t>(count));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

std::optional<ActivationAxes> activation_axes(std::size_t rank, int spatial, ChannelOrder order) {
  const auto axes = static_cast<std::size_t>(spatial);
  if (rank == axes) return ActivationAxes{.spatial = consecutive(0, spatial)};
  if (rank != axes + 2) return std::nullopt;
  const bool first = order == ChannelOrder::First;
  return ActivationAxes{.batch = {0},
                        .channel = first ? 1 : axes + 1,
                        .spatial = consecutive(first ? 2 : 1, spatial)};
}

ActivationAxes result_axes(const ActivationAxes& x_axes, std::int64_t out_channels,
                           ChannelOrder order) {
  if (x_axes.channel || !x_axes.batch.empty() || out_channels == 1) return x_axes;
  return *activation_axes(x_axes.spatial.size() + 2, static_cast<int>(x_axes.spatial.size()),
                          order);
}

std::int64_t extent_of(const Operand& operand, std::optional<std::size_t> axis) {
  return axis ? operand.shape[*axis] : 1;
}

std::int64_t stride_of(const Operand& operand, std::optional<std::size_t> axis) {
  return axis ? operand.strides[*axis] : 0;
}

Shape dense_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t a = shape.size(); a-- > 1;) {
    strides[a - 1] = strides[a] * std::max<std::int64_t>(shape[a], 1);
  }
  return strides;
}

Operand shape_only(Shape shape, std::string name) {
  Shape strides = dense_strides(shape);
  return {.shape = std::move(shape), .strides = std::move(strides), .name = std::move(name)};
}

void place_x(Problem& problem, const Operand& x, const ActivationAxes& axes) {
  problem.batch = 1;
  for (const std::size_t axis : axes.batch) problem.batch *= x.shape[axis];
  problem.in_channels = extent_of(x, axes.channel);
  problem.x.batch = axes.batch.empty() ? 0 : x.strides[axes.batch.back()];
  problem.x.channel = stride_of(x, axes.channel);
  for (std::size_t i = 0; i < axes.spatial.size(); ++i) {
    problem.axes[first_axis(problem) + i].input = x.shape[axes.spatial[i]];
    problem.x.axes[first_axis(problem) + i] = x.strides[axes.spatial[i]];
  }
}

void place_w(Problem& problem, const Operand& w, const WeightAxes& axes) {
  const std::int64_t out = extent_of(w, axes.out);
  problem.w.out = stride_of(w, axes.out);
  problem.w.in = stride_of(w, axes.in);
  if (axes.depthwise) {
    problem.out_channels = problem.groups * out;
    problem.w.group = stride_of(w, axes.depthwise);
  } else if (problem.direction == Direction::Transposed) {
    problem.out_channels = problem.groups * out;
    problem.w.group = problem.in_channels / problem.groups * problem.w.in;
  } else {
    problem.out_channels = out;
    problem.w.group = out / problem.groups * problem.w.out;
  }
  for (std::size_t i = 0; i < axes.spatial.size(); ++i) {
    problem.axes[first_axis(problem) + i].kernel = w.shape[axes.spatial[i]];
    problem.w.axes[first_axis(problem) + i] = w.strides[axes.spatial[i]];
  }
}

Sizes kernel_extents(const Operand& w, const WeightAxes& axes) {
  Sizes extents;
  for (const std::size_t axis : axes.spatial) extents.push_back(w.shape[axis]);
  return extents;
}

Shape batch_extents(const Operand& x, const ActivationAxes& x_axes, const ActivationAxes& y_axes) {
  Shape extents;
  for (const std::size_t axis : x_axes.batch) extents.push_back(x.shape[axis]);
  extents.resize(y_axes.batch.size(), 1);
  return extents;
}

Shape place_y(Problem& problem, const ActivationAxes& axes, const Shape& batch,
              const Extents& extents) {
  Shape shape(axes.batch.size() + (axes.channel ? 1 : 0) + axes.spatial.size());
  for (std::size_t i = 0; i < axes.batch.size(); ++i) shape[axes.batch[i]] = batch[i];
  if (axes.channel) shape[*axes.channel] = problem.out_channels;
  for (std::size_t i = 0; i < axes.spatial.size(); ++i) {
    shape[axes.spatial[i]] = extents[first_axis(problem) + i];
  }
  const Shape strides = dense_strides(shape);
  problem.y.batch = axes.batch.empty() ? 0 : strides[axes.batch.back()];
  problem.y.channel = axes.channel ? strides[*axes.channel] : 0;
  for (std::size_t i = 0; i < axes.spatial.size(); ++i) {
    problem.y.axes[first_axis(problem) + i] = strides[axes.spatial[i]];
  }
  return shape;
}

void place_rules(Problem& problem, const AxisRules& rules) {
  for (std::size_t i = 0; i < rules.stride.size(); ++i) {
    Axis& axis = problem.axes[first_axis(problem) + i];
    axis.stride = rules.stride[i];
    axis.dilation = rules.dilation[i];
    axis.begin = rules.begin[i];
    axis.end = rules.end[i];
  }
}

std::string axis_name(int rank, std::size_t i) {
  constexpr std::string_view kNames[] = {"L", "HW", "DHW"};
  if (rank > 3) return fmt::format("D{}", i + 1);
  return std::string(1, kNames[rank - 1][i]);
}

std::string activation_layout(const ActivationAxes& axes) {
  const int rank = static_cast<int>(axes.spatial.size());
  std::vector<std::string> names(axes.batch.size() + (axes.channel ? 1 : 0) + axes.spatial.size());
  for (const std::size_t axis : axes.batch) names[axis] = "N";
  if (axes.channel) names[*axes.channel] = "C";
  for (std::size_t i = 0; i < axes.spatial.size(); ++i) {
    names[axes.spatial[i]] = axis_name(rank, i);
  }
  return fmt::format("({})", fmt::join(names, ", "));
}

std::string kernel_layout(int rank, std::string_view before, std::string_view after) {
  std::vector<std::string> names;
  if (!before.empty()) names.emplace_back(before);
  for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) {
    names.push_back(rank == 1 ? "k" : "k" + axis_name(rank, i));
  }
  if (!after.empty()) names.emplace_back(after);
  return fmt::format("({})", fmt::join(names, ", "));
}

}  // namespace tconv::frameworks
