// Pads and slices are layers, too: of a 1x1 depthwise kernel of ones.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "batch/port_chain.hpp"
#include "frameworks/assemble.hpp"
#include "io/compare.hpp"
#include "io/gather.hpp"
#include "io/makers.hpp"

namespace tconv::batch {
namespace {

using frameworks::ActivationAxes;
using frameworks::PortedStage;
using frameworks::Split;

Result<io::Tensor> random_tensor(const Shape& shape, DType dtype, int seed) {
  auto made = io::make_tensor(fmt::format("random:{}:{}", fmt::join(shape, ","), seed));
  if (!*made) return made->error();
  return io::converted(**made, dtype);
}

Result<io::Tensor> transposed(const io::Tensor& tensor, const std::vector<std::size_t>& order) {
  io::Tensor view = tensor;
  const Shape strides = io::c_strides(tensor.shape);
  for (std::size_t i = 0; i < order.size(); ++i) {
    view.shape[i] = tensor.shape[order[i]];
    view.strides[i] = strides[order[i]];
  }
  return io::gathered(view);
}

frameworks::Operand operand_of(const io::Tensor& tensor) {
  return frameworks::shape_only(tensor.shape, tensor.name);
}

// Runs one side's layers over tensors in the target's layout.
class TargetRun {
 public:
  TargetRun(const ActivationAxes& axes, DType dtype) : axes_(axes), dtype_(dtype) {}

  Result<io::Tensor> stage(const PortedStage& stage, const io::Tensor& weights,
                           const std::optional<io::Tensor>& bias, io::Tensor x) const {
    if (!stage.steps.pads.empty()) {
      Problem problem = identity(x, stage.steps.pad_mode);
      for (std::size_t i = 0; i < stage.rank(); ++i) {
        axis_of(problem, i).begin = stage.steps.pads[i].begin;
        axis_of(problem, i).end = stage.steps.pads[i].end;
      }
      auto padded = run_identity(problem, x, nullptr);
      if (!padded) return padded;
      x = std::move(*padded);
    }
    const std::byte* const b = stage.bias && bias ? bias->data.get() : nullptr;
    auto y = layer(stage, weights, stage.adds_bias ? nullptr : b, x);
    const bool behind = stage.adds_bias || stage.activation != Activation::Linear;
    if (!y || (stage.steps.slices.empty() && !behind)) return y;
    Problem problem = identity(*y, PadMode::Zeros);
    for (std::size_t i = 0; i < stage.steps.slices.size(); ++i) {
      axis_of(problem, i).begin = -stage.steps.slices[i].begin;
      axis_of(problem, i).end = -stage.steps.slices[i].end;
      axis_of(problem, i).stride = stage.steps.slices[i].step;
    }
    problem.activation = stage.activation;
    return run_identity(problem, *y, stage.adds_bias ? b : nullptr);
  }

 private:
  Axis& axis_of(Problem& problem, std::size_t i) const {
    return problem.axes[frameworks::first_axis(problem) + i];
  }

  Problem identity(const io::Tensor& x, PadMode mode) const {
    Problem problem{
        .dtype = dtype_, .rank = static_cast<int>(axes_.spatial.size()), .pad_mode = mode};
    frameworks::place_x(problem, operand_of(x), axes_);
    problem.groups = problem.out_channels = problem.in_channels;
    problem.w.group = 1;
    return problem;
  }

  Result<io::Tensor> run_identity(Problem& problem, const io::Tensor& x,
                                  const std::byte* bias) const {
    problem.has_bias = bias != nullptr;
    const auto extents = output_extents(problem);
    if (!extents) return extents.error();
    const Shape shape = frameworks::place_y(problem, axes_, {problem.batch}, *extents);
    auto ones = io::make_tensor(fmt::format("ones:{}", problem.groups));
    if (!*ones) return ones->error();
    auto w = io::converted(**ones, dtype_);
    if (!w) return w.error();
    return run(problem, x.data.get(), w->data.get(), bias, shape);
  }

  static Result<io::Tensor> run(const Problem& problem, const std::byte* x, const std::byte* w,
                                const std::byte* bias, const Shape& shape) {
    auto y = io::allocate_tensor(problem.dtype, shape);
    if (!y) return y.error();
    const auto plan = Plan::make(problem);
    if (!plan) return plan.error();
    plan->run({.x = x, .w = w, .bias = bias, .y = y->bytes});
    return std::move(y->tensor);
  }

  // The layer of each branch over its part of x, into its channels of y.
  Result<io::Tensor> layer(const PortedStage& stage, const io::Tensor& weights,
                           const std::byte* bias, const io::Tensor& x) const {
    Problem problem = stage.to;
    problem.dtype = dtype_;
    const std::int64_t in = problem.in_channels, out = problem.out_channels;
    frameworks::place_x(problem, operand_of(x), axes_);
    problem.in_channels = in;
    problem.batch = stage.split == Split::Batch ? problem.batch / stage.branches : problem.batch;
    problem.has_bias = bias != nullptr;
    const auto extents = output_extents(problem);
    if (!extents) return extents.error();
    problem.out_channels = out * stage.branches;
    const Shape shape = frameworks::place_y(problem, axes_, {problem.batch}, *extents);
    problem.out_channels = out;
    auto y = io::allocate_tensor(dtype_, shape);
    if (!y) return y.error();
    const auto plan = Plan::make(problem);
    if (!plan) return plan.error();
    const std::int64_t bytes = size_bytes(dtype_);
    const auto count = io::element_count(weights.shape, dtype_);
    if (!count) return count.error();
    const std::int64_t x_step =
        stage.split == Split::Batch ? problem.batch * problem.x.batch : in * problem.x.channel;
    for (std::int64_t i = 0; i < stage.branches; ++i) {
      plan->run({.x = x.data.get() + i * x_step * bytes,
                 .w = weights.data.get() + i * (*count / stage.branches) * bytes,
                 .bias = bias == nullptr ? nullptr : bias + i * out * bytes,
                 .y = y->bytes + i * out * problem.y.channel * bytes});
    }
    return std::move(y->tensor);
  }

  const ActivationAxes& axes_;
  DType dtype_;
};

Result<io::Tensor> activated(const frameworks::PortedLayer& ported, const io::Tensor& y) {
  const LastAxisActivation activation = ported.stages.back().last_axis;
  if (activation == LastAxisActivation::None) return y;
  const auto length = activated_length(activation, y.shape.back());
  if (!length) return length.error();
  Shape shape = y.shape;
  shape.back() = *length;
  auto result = io::allocate_tensor(y.dtype, shape);
  if (!result) return result.error();
  const auto count = io::element_count(y.shape, y.dtype);
  if (!count) return count.error();
  const auto done =
      activate_last_axis(activation, {.dtype = y.dtype,
                                      .count = y.shape.back() == 0 ? 0 : *count / y.shape.back(),
                                      .length = y.shape.back(),
                                      .from = y.data.get(),
                                      .to = result->bytes});
  if (!done) return done.error();
  return std::move(result->tensor);
}

}  // namespace

Result<Verification> verify_port(const ChainLayer& layer, const frameworks::PortedLayer& ported,
                                 const PortedTensors& tensors, DType dtype) {
  // Whatever was not given: random, and then converted as what is given would be.
  ChainLayer source = layer;
  source.layer = ported.source;
  source.weights_elsewhere.clear();
  source.bias_elsewhere.clear();
  PortedTensors converted = tensors;
  if (source.weights.empty()) {
    for (std::size_t s = 0; s < ported.stages.size(); ++s) {
      auto w = random_tensor(tensors.conversions[s].source, dtype, static_cast<int>(s) + 2);
      if (!w) return w.error();
      source.weights.push_back(std::move(*w));
    }
    auto again = port_tensors(source, ported, dtype);
    if (!again) return again.error();
    converted = std::move(*again);
  }
  const PortedStage& last = ported.stages.back();
  if (last.bias && !source.bias) {
    auto b = random_tensor({last.from.out_channels}, dtype, 1);
    if (!b) return b.error();
    source.bias = std::move(*b);
  }
  std::optional<io::Tensor> bias;
  if (source.bias) {
    auto b = io::converted(*source.bias, dtype);
    if (!b) return b.error();
    bias = std::move(*b);
  }
  const auto x = random_tensor(ported.x_shape, dtype, 0);
  if (!x) return x.error();
  const auto expected = run_chain({.layers = {source}, .dtype = dtype}, *x);
  if (!expected) return expected.error();

  auto value = transposed(*x, ported.x_order);
  if (!value) return value.error();
  const TargetRun run(ported.axes, dtype);
  for (std::size_t s = 0; s < ported.stages.size(); ++s) {
    const auto w = io::converted(converted.weights[s], dtype);
    if (!w) return w.error();
    value = run.stage(ported.stages[s], *w, bias, std::move(*value));
    if (!value) return value.error();
  }
  value = transposed(*value, ported.y_order);
  if (!value) return value.error();
  const auto actual = activated(ported, *value);
  if (!actual) return actual.error();
  const auto compared = io::compare(*actual, expected->y, io::default_tolerance(dtype));
  if (!compared) return compared.error();
  return Verification{.equal = compared->equal,
                      .largest_difference = compared->largest_difference,
                      .x = ported.x_shape};
}

}  // namespace tconv::batch
