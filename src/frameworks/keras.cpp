// Keras layers with their tensors, as problems. Kernels: Conv (k..., in/groups, out), transposed
// (k..., out, in), depthwise (k..., channels, multiplier), whatever the data format.
// Sources: keras keras/src/layers/convolutional/*.py (build, call),
// keras/src/backend/tensorflow/nn.py (conv, conv_transpose, depthwise_conv, separable_conv).
#include "frameworks/keras.hpp"

#include <fmt/format.h>

#include <utility>

#include "frameworks/forms.hpp"
#include "frameworks/keras_settings.hpp"
#include "frameworks/operands.hpp"

namespace tconv::frameworks {
namespace {

using keras::Family;
using keras::Kind;
using keras::Settings;

// One convolution of a layer: a separable layer has two.
struct Step {
  Kind kind = Kind::Forward;
  std::int64_t groups = 1;
  std::optional<Sizes> kernel_size{};
  std::optional<std::int64_t> out{};  // filters, or the depth multiplier
  AxisRules rules{};                  // begin and end are set later
  keras::Padding padding = keras::Padding::Valid;
  std::optional<Sizes> output_padding{};
};

std::string_view out_argument(Kind kind) {
  return kind == Kind::Depthwise ? "depth_multiplier" : "filters";
}

std::vector<Step> steps_of(const Settings& s, const Family& f) {
  Step first{.kind = f.kind,
             .groups = s.groups,
             .kernel_size = s.kernel_size,
             .out = s.filters,
             .rules = {.stride = s.strides, .dilation = s.dilation_rate},
             .padding = s.padding,
             .output_padding = s.output_padding};
  if (f.kind == Kind::Forward || f.kind == Kind::Transposed) return {first};
  first.kind = Kind::Depthwise;
  first.out = s.depth_multiplier;
  if (f.kind == Kind::Depthwise) return {first};
  const Sizes ones(static_cast<std::size_t>(f.rank), 1);
  return {first,
          Step{.kernel_size = ones, .out = s.filters, .rules = {.stride = ones, .dilation = ones}}};
}

// Lowers one step after the other; x is the layer's input, then each step's result.
class KerasLowering {
 public:
  KerasLowering(const Arguments& args, const Family& family, const Settings& settings,
                const LoweringInput& input)
      : args_(args), f_(family), s_(settings), input_(input) {}

  Result<Lowering> run() {
    const auto axes = activation_axes(input_.x.shape.size(), f_.rank, s_.order);
    if (!axes) {
      return shape_error(fmt::format("{} needs an input of {} axes (or {} for one channel), got {}",
                                     f_.name, f_.rank + 2, f_.rank, sizes_text(input_.x.shape)),
                         input_.x.name);
    }
    result_.layer = args_.where();
    result_.framework = kKeras.name;
    result_.x_axes = *axes;
    result_.x_layout = activation_layout(*axes);
    result_.last_axis = s_.last_axis;
    const std::vector<Step> steps = steps_of(s_, f_);
    if (!input_.weights.empty() && input_.weights.size() != steps.size()) {
      return shape_error(fmt::format("{} takes {} weight tensors, got {}", f_.name, steps.size(),
                                     input_.weights.size()),
                         args_.where());
    }
    Operand x = input_.x;
    ActivationAxes x_axes = *axes;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      auto y = add_step(steps[i], i, x, x_axes);
      if (!y) return y.error();
      x = shape_only(*y, "the depthwise result");
      x_axes = *activation_axes(y->size(), f_.rank, s_.order);
    }
    result_.y_axes = x_axes;
    if (auto finished = finish(x.shape); !finished) return finished.error();
    return std::move(result_);
  }

 private:
  Error shape_error(std::string what, std::string where) const {
    return Error{
        .code = ErrorCode::ShapeMismatch, .where = std::move(where), .what = std::move(what)};
  }

  // Shape of the step's y, which is dense.
  Result<Shape> add_step(const Step& step, std::size_t index, const Operand& x,
                         const ActivationAxes& x_axes) {
    Problem problem{
        .direction = step.kind == Kind::Transposed ? Direction::Transposed : Direction::Forward,
        .dtype = input_.dtype,
        .rank = f_.rank,
        .groups = step.groups};
    place_x(problem, x, x_axes);
    if (problem.in_channels % step.groups != 0) {
      return shape_error(fmt::format("groups = {} does not divide the {} channels of {}",
                                     step.groups, problem.in_channels, x.name),
                         args_.where());
    }
    if (step.kind == Kind::Depthwise) problem.groups = problem.in_channels;
    auto w = weights_of(step, index, problem);
    if (!w) return w.error();
    if (auto ok = check_weights(step, *w, x, problem); !ok) return ok.error();
    place_w(problem, w->operand, w->axes);
    const Sizes zeros(static_cast<std::size_t>(f_.rank), 0);
    place_rules(problem, {step.rules.stride, step.rules.dilation, zeros, zeros});
    place_ends(problem, step);
    const auto extents = output_extents(problem);
    if (!extents) return shape_error(extents.error().what, args_.where());
    if (auto ok = check_extents(problem, *extents); !ok) return ok.error();
    const ActivationAxes y_axes = result_axes(x_axes, problem.out_channels, s_.order);
    Shape y_shape = place_y(problem, y_axes, batch_extents(x, x_axes, y_axes), *extents);
    result_.w_layouts.push_back(w->layout);
    result_.stages.push_back(problem);
    result_.stage_shapes.push_back(y_shape);
    return y_shape;
  }

  Result<WeightReading> weights_of(const Step& step, std::size_t index, const Problem& problem) {
    const auto n = static_cast<std::size_t>(f_.rank);
    WeightAxes axes{.out = n + 1, .in = n, .spatial = consecutive(0, f_.rank)};
    std::string_view channels = "in, out";
    switch (step.kind) {
      case Kind::Transposed:
        std::swap(axes.out, axes.in);
        channels = "out, in";
        break;
      case Kind::Depthwise:
        axes.depthwise = std::exchange(axes.in, std::nullopt);
        channels = "channels, multiplier";
        break;
      case Kind::Forward:
      case Kind::Separable:
        if (step.groups > 1) channels = "in/groups, out";
        break;
    }
    const std::string layout = kernel_layout(f_.rank, "", channels);
    if (!input_.weights.empty()) return read_weights(input_.weights[index], axes, f_.rank, layout);
    if (!step.kernel_size || (!step.out && step.kind != Kind::Depthwise)) {
      return args_.refusal(
          "",
          fmt::format("{} is not given",
                      step.kernel_size ? out_argument(step.kind) : std::string_view("kernel_size")),
          "write it in the layer, or give the weights with -w");
    }
    Shape shape = *step.kernel_size;
    const std::int64_t in = problem.in_channels / step.groups;
    const std::int64_t out = step.out.value_or(1);
    if (step.kind == Kind::Transposed) {
      shape.insert(shape.end(), {out, in});
    } else {
      shape.insert(shape.end(), {in, out});
    }
    return read_weights(shape_only(std::move(shape), "the layer"), axes, f_.rank, layout);
  }

  Result<void> check_weights(const Step& step, const WeightReading& w, const Operand& x,
                             const Problem& problem) const {
    const Operand& tensor = w.operand;
    const std::int64_t out = extent_of(tensor, w.axes.out);
    if (auto ok = check_agrees(w, out_argument(step.kind), step.out, out); !ok) return ok;
    if (auto ok = check_kernel_agrees(w, step.kernel_size, kernel_extents(tensor, w.axes)); !ok) {
      return ok;
    }
    const std::int64_t in = step.kind == Kind::Depthwise
                                ? extent_of(tensor, w.axes.depthwise)
                                : extent_of(tensor, w.axes.in) * step.groups;
    if (in != problem.in_channels) {
      const bool swapped = step.kind != Kind::Depthwise && out == problem.in_channels;
      return weight_error(
          w, fmt::format("expect {} input channels, {} has {}", in, x.name, problem.in_channels),
          swapped ? fmt::format("read as a {} layer's (k..., {}) they would fit",
                                step.kind == Kind::Transposed ? "forward" : "transposed",
                                step.kind == Kind::Transposed ? "in, out" : "out, in")
                  : "");
    }
    if (step.kind == Kind::Forward && out % step.groups != 0) {
      return weight_error(w, fmt::format("have {} output channels, which groups = {} does not "
                                         "divide",
                                         out, step.groups));
    }
    return {};
  }

  void place_ends(Problem& problem, const Step& step) const {
    for (std::size_t i = 0; i < step.rules.stride.size(); ++i) {
      Axis& axis = problem.axes[kMaxAxes - step.rules.stride.size() + i];
      const Ends ends =
          step.kind == Kind::Transposed
              ? keras::transposed_crops(
                    step.padding, axis,
                    step.output_padding ? std::optional((*step.output_padding)[i]) : std::nullopt)
              : keras::forward_pads(step.padding, axis);
      axis.begin = ends.begin;
      axis.end = ends.end;
    }
  }

  Result<void> check_extents(const Problem& problem, const Extents& y) const {
    for (std::size_t a = std::size_t(kMaxAxes - problem.rank); a < kMaxAxes; ++a) {
      const Axis& axis = problem.axes[a];
      const std::int64_t kernel = (axis.kernel - 1) * axis.dilation + 1;
      if (axis.input < 1) return shape_error("x has a spatial axis of size 0", args_.where());
      if (axis.kernel < 1) return shape_error("the kernel has an axis of size 0", args_.where());
      // A transposed result may be empty: 'same' with output_padding 0 makes one of a single pixel.
      if (y[a] >= 1 || problem.direction == Direction::Transposed) continue;
      return shape_error(fmt::format("the kernel reaches over {} elements, the padded input has {}",
                                     kernel, axis.input + axis.begin + axis.end),
                         args_.where());
    }
    return {};
  }

  // The bias and the activations belong to the last step.
  Result<void> finish(const Shape& y_shape) {
    Problem& last = result_.stages.back();
    last.activation = s_.activation;
    last.has_bias = input_.bias || (input_.describe_only && s_.use_bias);
    if (input_.bias) {
      if (!s_.use_bias) {
        return args_.refusal(
            "use_bias", fmt::format("{} has use_bias=False, and a bias was given ({})", f_.name,
                                    input_.bias->name));
      }
      if (auto ok = check_bias(*input_.bias, last.out_channels); !ok) return ok;
    }
    result_.y_shape = y_shape;
    const auto length = activated_length(s_.last_axis, y_shape.back());
    if (!length) return shape_error(length.error().what, args_.where());
    result_.y_shape.back() = *length;
    return {};
  }

  const Arguments& args_;
  const Family& f_;
  const Settings& s_;
  const LoweringInput& input_;
  Lowering result_{};
};

Result<Lowering> lower_keras(const Layer& layer, const LoweringInput& input) {
  const Family& family = *keras::family_of(layer.name);
  Arguments args(layer, kKeras.name, keras::signature_of(family, layer));
  const Settings settings = keras::read_settings(args, family);
  if (args.error()) return *args.error();
  return KerasLowering(args, family, settings, input).run();
}

bool knows_keras(const Layer& layer) { return keras::family_of(layer.name) != nullptr; }

std::vector<std::string_view> keras_names() {
  std::vector<std::string_view> names;
  for (const Family& f : keras::families()) names.push_back(f.name);
  return names;
}

Signature keras_layer_signature(const Layer& layer) {
  return keras::signature_of(*keras::family_of(layer.name), layer);
}

int keras_weight_count(const Layer& layer) {
  const Family* family = keras::family_of(layer.name);
  return family != nullptr && family->kind == Kind::Separable ? 2 : 1;
}

}  // namespace

const Framework kKeras = {.name = "keras",
                          .knows = &knows_keras,
                          .layer_names = &keras_names,
                          .lower = &lower_keras,
                          .weight_count = &keras_weight_count,
                          .signature = &keras_layer_signature,
                          .forms = &keras_forms};

}  // namespace tconv::frameworks
