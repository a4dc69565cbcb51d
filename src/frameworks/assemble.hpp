// From a framework's tensors, in whatever axis order, to the strides and counts of a Problem.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frameworks/arguments.hpp"
#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

// Which axes of a kernel play which part.
struct WeightAxes {
  std::optional<std::size_t> out{};        // output channels: all, or those of one group
  std::optional<std::size_t> in{};         // input channels: all, or those of one group
  std::optional<std::size_t> depthwise{};  // the channels of a depthwise kernel, out being its
                                           // multiplier; `in` is then absent
  std::vector<std::size_t> spatial{};
};

// Where the real axes of a problem start among its kMaxAxes.
std::size_t first_axis(const Problem& problem);

// `count` neighbouring axes from `first` on.
std::vector<std::size_t> consecutive(std::size_t first, int count);

enum class ChannelOrder { First, Last };

// Axes of x of that rank: with batch and channel, or the spatial ones alone (both are then 1).
// nullopt for any other rank; an unbatched x is the caller's to allow.
std::optional<ActivationAxes> activation_axes(std::size_t rank, int spatial, ChannelOrder order);

// The axes of y for such an x: the same; but where x has the spatial ones alone and y has several
// channels, y has a batch axis and a channel axis.
ActivationAxes result_axes(const ActivationAxes& x_axes, std::int64_t out_channels,
                           ChannelOrder order);

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
Sizes kernel_extents(const Operand& w, const WeightAxes& axes);

// Shape of a dense y with those axes, and the problem's strides into it. `batch` are the extents of
// its batch axes.
Shape place_y(Problem& problem, const ActivationAxes& axes, const Shape& batch,
              const Extents& extents);

// Extents of x's batch axes, or {1} where y has one and x has not.
Shape batch_extents(const Operand& x, const ActivationAxes& x_axes, const ActivationAxes& y_axes);

// Pads of a forward axis, or crops of a transposed one.
struct Ends {
  std::int64_t begin = 0, end = 0;
};

// The per-axis part of a problem.
struct AxisRules {
  Sizes stride{}, dilation{}, begin{}, end{};
};
void place_rules(Problem& problem, const AxisRules& rules);

// The name of spatial axis i: L alone, then H W and D H W, then D1 D2 D3 D4 and so on.
std::string axis_name(int rank, std::size_t i);

// "(N, C, H, W)" of those axes; "(out, in, kH, kW)" of a kernel, its channels before or after.
std::string activation_layout(const ActivationAxes& axes);
std::string kernel_layout(int rank, std::string_view before, std::string_view after = {});

}  // namespace tconv::frameworks
