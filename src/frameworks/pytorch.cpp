// PyTorch's rules once tensors are known. Weights: Conv (out, in/groups, k...), ConvTranspose
// (in, out/groups, k...).
// Sources: pytorch torch/nn/modules/conv.py (_ConvTransposeNd._output_padding),
// aten/src/ATen/native/Convolution.cpp (check_shape_forward, convolution_same),
// aten/src/ATen/native/NaiveConvolutionTranspose2d.cpp (output padding).
#include "frameworks/pytorch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "frameworks/forms.hpp"
#include "frameworks/operands.hpp"
#include "frameworks/pytorch_settings.hpp"

namespace tconv::frameworks {
namespace {

using pytorch::Family;
using pytorch::Settings;

// Without a weight tensor, its shape by the layer's own arguments.
Result<Operand> implied_weights(const Arguments& args, const Settings& s, const Family& f,
                                std::int64_t in_channels) {
  for (const auto& [given, argument] : {std::pair{s.out_channels.has_value(), "out_channels"},
                                        {s.kernel_size.has_value(), "kernel_size"}}) {
    if (!given) {
      return args.refusal("", fmt::format("{} is not given", argument),
                          "write it in the layer, or give the weights with -w");
    }
  }
  const std::int64_t in = s.in_channels.value_or(in_channels);
  if (in % s.groups != 0) {
    return args.refusal("groups",
                        fmt::format("groups = {} does not divide {} input channels", s.groups, in));
  }
  Shape shape =
      f.transposed ? Shape{in, *s.out_channels / s.groups} : Shape{*s.out_channels, in / s.groups};
  shape.insert(shape.end(), s.kernel_size->begin(), s.kernel_size->end());
  return shape_only(std::move(shape), "the layer");
}

Result<WeightReading> reading_of(const Operand& w, const Family& f) {
  const WeightAxes axes = f.transposed
                              ? WeightAxes{.out = 1, .in = 0, .spatial = consecutive(2, f.rank)}
                              : WeightAxes{.out = 0, .in = 1, .spatial = consecutive(2, f.rank)};
  return read_weights(w, axes, f.rank,
                      kernel_layout(f.rank, f.transposed ? "in, out/groups" : "out, in/groups"));
}

// Where the weights do not fit: would they, read as those of the other direction?
std::string other_reading(const Settings& s, const Family& f, const WeightReading& w,
                          std::int64_t x_channels) {
  const std::int64_t in = extent_of(w.operand, w.axes.out) * (f.transposed ? 1 : s.groups);
  const std::int64_t out = extent_of(w.operand, w.axes.in) * (f.transposed ? s.groups : 1);
  if (in != x_channels || (s.out_channels && *s.out_channels != out)) return {};
  return fmt::format("read as {} they would fit",
                     f.transposed ? "a forward layer's (out, in/groups, k...)"
                                  : "a transposed layer's (in, out/groups, k...)");
}

Result<void> check_weights(const Settings& s, const Family& f, const WeightReading& w,
                           const Operand& x, std::int64_t x_channels) {
  const std::int64_t in = extent_of(w.operand, w.axes.in) * (f.transposed ? 1 : s.groups);
  const std::int64_t out = extent_of(w.operand, w.axes.out) * (f.transposed ? s.groups : 1);
  const auto said = [&]() -> Result<void> {
    if (auto ok = check_agrees(w, "out_channels", s.out_channels, out); !ok) return ok;
    if (auto ok = check_agrees(w, "in_channels", s.in_channels, in); !ok) return ok;
    return check_kernel_agrees(w, s.kernel_size, kernel_extents(w.operand, w.axes));
  }();
  const bool fits = in == x_channels;
  if (!said || !fits) {
    Error error = said ? weight_error(w, fmt::format("expect {} input channels, {} has {}", in,
                                                     x.name, x_channels))
                       : said.error();
    if (!fits) error.hint = other_reading(s, f, w, x_channels);
    return error;
  }
  const auto [which, grouped] = f.transposed ? std::pair("input", in) : std::pair("output", out);
  if (grouped % s.groups != 0) {
    return weight_error(w, fmt::format("have {} {} channels, which groups = {} does not divide",
                                       grouped, which, s.groups));
  }
  return {};
}

// Output padding that reaches the wanted output_size, which replaces the constructor's.
Result<Sizes> output_padding_for(const Arguments& args, const Settings& s, const Problem& problem,
                                 bool batched) {
  const auto n = static_cast<std::size_t>(problem.rank);
  const std::size_t leading = batched ? 2 : 1;
  Sizes size = *s.output_size;
  if (size.size() == n + leading) size.erase(size.begin(), size.begin() + std::ptrdiff_t(leading));
  if (size.size() != n) {
    return args.refusal("output_size", fmt::format("output_size has {} values, needs {} or {}",
                                                   s.output_size->size(), n, n + leading));
  }
  Sizes padding;
  for (std::size_t i = 0; i < n; ++i) {
    const Axis& axis = problem.axes[kMaxAxes - n + i];
    const auto full = full_extent(axis);
    if (!full) return full.error();
    const std::int64_t least = *full - 2 * s.padding[i];
    const std::int64_t most = least + s.stride[i] - 1;
    if (size[i] < least || size[i] > most) {
      Error error = args.refusal(
          "output_size", fmt::format("output_size {} is not reachable on axis {}: {} to {} are",
                                     size[i], i, least, most));
      error.code = ErrorCode::ShapeMismatch;
      return error;
    }
    padding.push_back(size[i] - least);
  }
  return padding;
}

Result<void> check_output_padding(const Arguments& args, const Settings& s,
                                  const Problem& problem) {
  for (std::size_t i = 0; i < s.output_padding.size(); ++i) {
    const std::int64_t op = s.output_padding[i];
    if (op < std::max(s.stride[i], s.dilation[i])) continue;
    const auto full = full_extent(problem.axes[kMaxAxes - s.output_padding.size() + i]);
    if (!full) return full.error();
    const std::int64_t least = *full - 2 * s.padding[i];
    const std::int64_t most = least + s.stride[i] - 1;
    return args.refusal(
        "output_padding",
        fmt::format("output_padding {} must be smaller than stride {} or dilation {}", op,
                    s.stride[i], s.dilation[i]),
        fmt::format("reachable sizes for input {}: {}{}; use --output-size, or a stride of {}",
                    problem.axes[kMaxAxes - s.output_padding.size() + i].input, least,
                    most > least ? fmt::format(" to {}", most) : "", op + 1));
  }
  return {};
}

AxisRules rules_of(const Settings& s, const Family& f, const Sizes& kernel) {
  AxisRules rules{.stride = s.stride, .dilation = s.dilation};
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const Axis axis{.kernel = kernel[i], .dilation = s.dilation[i]};
    const Ends ends = f.transposed
                          ? pytorch::transposed_crops(s.padding[i], s.output_padding[i])
                          : pytorch::forward_pads({s.padding_word == "same", s.padding[i]}, axis);
    rules.begin.push_back(ends.begin);
    rules.end.push_back(ends.end);
  }
  return rules;
}

// What the forward call refuses once the extents are known.
Result<void> check_extents(const Arguments& args, const Problem& problem, const Extents& y) {
  const auto refuse = [&](std::string what) {
    return Error{.code = ErrorCode::ShapeMismatch, .where = args.where(), .what = std::move(what)};
  };
  for (std::size_t a = std::size_t(kMaxAxes - problem.rank); a < kMaxAxes; ++a) {
    const Axis& axis = problem.axes[a];
    if (axis.input < 1) return refuse("x has a spatial axis of size 0");
    if (axis.kernel < 1) return refuse("the kernel has an axis of size 0");
    const std::int64_t pad = std::max(axis.begin, axis.end);
    if (problem.pad_mode == PadMode::Reflect && pad >= axis.input) {
      return refuse(
          fmt::format("reflect padding {} must be smaller than the input's {}", pad, axis.input));
    }
    if (problem.pad_mode == PadMode::Circular && pad > axis.input) {
      return refuse(
          fmt::format("circular padding {} must not exceed the input's {}", pad, axis.input));
    }
    if (y[a] >= 1) continue;
    const std::int64_t kernel = (axis.kernel - 1) * axis.dilation + 1;
    if (problem.direction == Direction::Forward) {
      return refuse(fmt::format("the kernel reaches over {} elements, the padded input has {}",
                                kernel, axis.input + axis.begin + axis.end));
    }
    return refuse(fmt::format("output size ({} - 1)*{} + {} - {} - {} is below 1", axis.input,
                              axis.stride, kernel, axis.begin, axis.end));
  }
  return {};
}

Result<Lowering> lower_pytorch(const Layer& layer, const LoweringInput& input) {
  const Family& f = *pytorch::family_of(layer.name);
  Arguments args(layer, kPyTorch.name, pytorch::signature_of(f));
  Settings s = pytorch::read_settings(args, f);
  if (args.error()) return *args.error();

  // (C, spatial...) is PyTorch's own unbatched form; spatial axes alone are tconv's.
  auto x_axes = activation_axes(input.x.shape.size(), f.rank, ChannelOrder::First);
  if (input.x.shape.size() == std::size_t(f.rank) + 1) {
    x_axes = ActivationAxes{.channel = 0, .spatial = consecutive(1, f.rank)};
  }
  if (!x_axes) {
    return Error{
        .code = ErrorCode::ShapeMismatch,
        .where = input.x.name,
        .what = fmt::format("{} needs an input of {} or {} axes (or {} for one channel), "
                            "got {}",
                            layer.name, f.rank + 2, f.rank + 1, f.rank, sizes_text(input.x.shape))};
  }
  Problem problem{.direction = f.transposed ? Direction::Transposed : Direction::Forward,
                  .dtype = input.dtype,
                  .rank = f.rank,
                  .groups = s.groups,
                  .pad_mode = s.mode,
                  .has_bias = input.bias || (input.describe_only && s.bias)};
  place_x(problem, input.x, *x_axes);

  if (input.weights.empty() && s.in_channels.value_or(problem.in_channels) != problem.in_channels) {
    return Error{.code = ErrorCode::ShapeMismatch,
                 .where = args.where(),
                 .what = fmt::format("in_channels = {}, {} has {} channels", *s.in_channels,
                                     input.x.name, problem.in_channels)};
  }
  auto operand = input.weights.empty() ? implied_weights(args, s, f, problem.in_channels)
                                       : Result<Operand>(input.weights[0]);
  if (!operand) return operand.error();
  auto w = reading_of(*operand, f);
  if (!w) return w.error();
  if (auto ok = check_weights(s, f, *w, input.x, problem.in_channels); !ok) return ok.error();
  place_w(problem, w->operand, w->axes);
  place_rules(problem, rules_of(s, f, kernel_extents(w->operand, w->axes)));

  if (s.output_size) {
    const bool batched = !x_axes->batch.empty() || !x_axes->channel;
    auto padding = output_padding_for(args, s, problem, batched);
    if (!padding) return padding.error();
    s.output_padding = *padding;
    place_rules(problem, rules_of(s, f, kernel_extents(w->operand, w->axes)));
  }
  if (f.transposed) {
    if (auto ok = check_output_padding(args, s, problem); !ok) return ok.error();
  }
  const auto extents = output_extents(problem);
  if (!extents) {
    Error error = extents.error();
    error.where = args.where();
    return error;
  }
  if (auto ok = check_extents(args, problem, *extents); !ok) return ok.error();
  if (input.bias) {
    if (!f.functional && !s.bias) {
      return args.refusal("bias", fmt::format("{} has bias=False, and a bias was given ({})",
                                              layer.name, input.bias->name));
    }
    if (auto ok = check_bias(*input.bias, problem.out_channels); !ok) return ok.error();
  }

  Lowering lowering{.layer = args.where(), .framework = kPyTorch.name};
  const ActivationAxes y_axes = result_axes(*x_axes, problem.out_channels, ChannelOrder::First);
  lowering.y_shape = place_y(problem, y_axes, batch_extents(input.x, *x_axes, y_axes), *extents);
  lowering.stage_shapes = {lowering.y_shape};
  lowering.stages = {problem};
  lowering.x_axes = *x_axes;
  lowering.y_axes = y_axes;
  lowering.x_layout = activation_layout(*x_axes);
  lowering.w_layouts = {w->layout};
  if (s.bias && s.in_channels && !input.bias && !input.describe_only) {
    lowering.notes.push_back(
        "has a bias by default and -b gave none; computed without (say bias=False to silence "
        "this)");
  }
  return lowering;
}

bool knows_pytorch(const Layer& layer) { return pytorch::family_of(layer.name) != nullptr; }

std::vector<std::string_view> pytorch_names() {
  std::vector<std::string_view> names;
  for (const Family& f : pytorch::families()) names.push_back(f.name);
  return names;
}

Signature pytorch_signature(const Layer& layer) {
  return pytorch::signature_of(*pytorch::family_of(layer.name));
}

int pytorch_weight_count(const Layer&) { return 1; }

}  // namespace

const Framework kPyTorch = {.name = "pytorch",
                            .knows = &knows_pytorch,
                            .layer_names = &pytorch_names,
                            .lower = &lower_pytorch,
                            .weight_count = &pytorch_weight_count,
                            .signature = &pytorch_signature,
                            .forms = &pytorch_forms};

}  // namespace tconv::frameworks
