#include "frameworks/assemble.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tconv::frameworks {
namespace {

// Where the real axes of a problem start among its kMaxAxes.
std::size_t first_axis(const Problem& problem) {
  return static_cast<std::size_t>(kMaxAxes - problem.rank);
}

}  // namespace

std::optional<ActivationAxes> activation_axes(std::size_t rank, int spatial, ChannelOrder order) {
  const auto axes = static_cast<std::size_t>(spatial);
  if (rank == axes) return ActivationAxes{};
  if (rank != axes + 2) return std::nullopt;
  if (order == ChannelOrder::First) return ActivationAxes{.batch = 0, .channel = 1, .spatial = 2};
  return ActivationAxes{.batch = 0, .channel = axes + 1, .spatial = 1};
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
  problem.batch = extent_of(x, axes.batch);
  problem.in_channels = extent_of(x, axes.channel);
  problem.x.batch = stride_of(x, axes.batch);
  problem.x.channel = stride_of(x, axes.channel);
  for (std::size_t a = first_axis(problem), i = axes.spatial; a < kMaxAxes; ++a, ++i) {
    problem.axes[a].input = x.shape[i];
    problem.x.axes[a] = x.strides[i];
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
  for (std::size_t a = first_axis(problem), i = axes.spatial; a < kMaxAxes; ++a, ++i) {
    problem.axes[a].kernel = w.shape[i];
    problem.w.axes[a] = w.strides[i];
  }
}

Sizes kernel_extents(const Operand& w, const WeightAxes& axes, int rank) {
  const auto first = w.shape.begin() + static_cast<std::ptrdiff_t>(axes.spatial);
  return {first, first + rank};
}

Shape place_y(Problem& problem, const ActivationAxes& x_axes, ChannelOrder order,
              const Extents& extents) {
  ActivationAxes axes = x_axes;
  const bool spatial_only = !axes.batch && !axes.channel;
  if (spatial_only && problem.out_channels != 1) {
    axes = *activation_axes(static_cast<std::size_t>(problem.rank) + 2, problem.rank, order);
  }
  const std::size_t others = (axes.batch ? 1U : 0U) + (axes.channel ? 1U : 0U);
  Shape shape(static_cast<std::size_t>(problem.rank) + others);
  if (axes.batch) shape[*axes.batch] = problem.batch;
  if (axes.channel) shape[*axes.channel] = problem.out_channels;
  for (std::size_t a = first_axis(problem), i = axes.spatial; a < kMaxAxes; ++a, ++i) {
    shape[i] = extents[a];
  }
  const Operand y = shape_only(shape, "y");
  problem.y.batch = stride_of(y, axes.batch);
  problem.y.channel = stride_of(y, axes.channel);
  for (std::size_t a = first_axis(problem), i = axes.spatial; a < kMaxAxes; ++a, ++i) {
    problem.y.axes[a] = y.strides[i];
  }
  return shape;
}

void place_rules(Problem& problem, const AxisRules& rules) {
  for (std::size_t a = first_axis(problem), i = 0; a < kMaxAxes; ++a, ++i) {
    Axis& axis = problem.axes[a];
    axis.stride = rules.stride[i];
    axis.dilation = rules.dilation[i];
    axis.begin = rules.begin[i];
    axis.end = rules.end[i];
  }
}

std::string activation_layout(const ActivationAxes& axes, int rank, ChannelOrder order) {
  constexpr std::string_view kSpatial[] = {"L", "H, W", "D, H, W"};
  const std::string_view spatial = kSpatial[rank - 1];
  if (!axes.channel) return fmt::format("({})", spatial);
  const std::string_view batch = axes.batch ? "N, " : "";
  return order == ChannelOrder::First ? fmt::format("({}C, {})", batch, spatial)
                                      : fmt::format("({}{}, C)", batch, spatial);
}

std::string kernel_layout(int rank) {
  constexpr std::string_view kKernel[] = {"k", "kH, kW", "kD, kH, kW"};
  return std::string(kKernel[rank - 1]);
}

}  // namespace tconv::frameworks
