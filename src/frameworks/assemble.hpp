// From a framework's tensors, in whatever axis order, to the strides and counts of a Problem.
#pragma once
#include <optional>
#include <string>

#include "frameworks/arguments.hpp"
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

// Which axis of a tensor plays which part; nullopt where the tensor has no such axis. The spatial
// axes are neighbours, outermost first, from `spatial` on.
struct ActivationAxes {
  std::optional<std::size_t> batch{}, channel{};
  std::size_t spatial = 0;
};

struct WeightAxes {
  std::optional<std::size_t> out{};        // output channels: all, or those of one group
  std::optional<std::size_t> in{};         // input channels: all, or those of one group
  std::optional<std::size_t> depthwise{};  // the channels of a depthwise kernel, out being its
                                           // multiplier; `in` is then absent
  std::size_t spatial = 0;
};

enum class ChannelOrder { First, Last };

// Axes of x of that rank: with batch and channel, or the spatial ones alone (both are then 1).
// nullopt for any other rank; an unbatched x is the caller's to allow.
std::optional<ActivationAxes> activation_axes(std::size_t rank, int spatial, ChannelOrder order);

// Extent and stride of an axis that may be absent.
std::int64_t extent_of(const Operand& operand, std::optional<std::size_t> axis);
std::int64_t stride_of(const Operand& operand, std::optional<std::size_t> axis);

// Row-major strides of a dense tensor.
Shape dense_strides(const Shape& shape);

// A dense operand that has only a shape, such as weights told from a layer's arguments.
Operand shape_only(Shape shape, std::string name);

// Sets batch, input channels, input extents and strides of the problem from x.
void place_x(Problem& problem, const Operand& x, const ActivationAxes& axes);

// Sets output channels, kernel extents and strides from the weights; problem.groups, direction and
// in_channels are set already. For a forward or depthwise kernel `out` counts all channels, for a
// transposed one those of a group.
void place_w(Problem& problem, const Operand& w, const WeightAxes& axes);

// The kernel's spatial extents.
Sizes kernel_extents(const Operand& w, const WeightAxes& axes, int rank);

// Shape of y in the axis order of x, and the problem's strides into it. A y with one channel of an
// x without batch and channel axes has none either; with more channels it has both.
Shape place_y(Problem& problem, const ActivationAxes& x_axes, ChannelOrder order,
              const Extents& extents);

// The per-axis part of a problem.
struct AxisRules {
  Sizes stride{}, dilation{}, begin{}, end{};
};
void place_rules(Problem& problem, const AxisRules& rules);

// "(N, C, H, W)" of those axes; "kH, kW" of a kernel's.
std::string activation_layout(const ActivationAxes& axes, int rank, ChannelOrder order);
std::string kernel_layout(int rank);

}  // namespace tconv::frameworks
