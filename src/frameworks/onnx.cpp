// ONNX's Conv and ConvTranspose. Weights as PyTorch's: Conv (out, in/group, k...), ConvTranspose
// (in, out/group, k...). Where the operator's prose, its shape inference and ONNX Runtime disagree,
// ONNX Runtime's answer is given, with a note.
// Sources: onnx docs/Operators.md, onnx/defs/nn/defs.cc (convPoolShapeInference,
// convTransposeShapeInference); onnxruntime
// onnxruntime/core/providers/cpu/nn/conv_transpose_attributes.h.
#include "frameworks/onnx.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "frameworks/forms.hpp"
#include "frameworks/onnx_padding.hpp"
#include "frameworks/operands.hpp"
#include "support/suggest.hpp"

namespace tconv::frameworks {
namespace {

constexpr std::string_view kConv =
    "auto_pad dilations group kernel_shape pads strides name domain "
    "doc_string";
constexpr std::string_view kConvTranspose =
    "auto_pad dilations group kernel_shape pads strides output_padding output_shape name domain "
    "doc_string";

constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
    {"kernel_size", "kernel_shape"},
    {"stride", "strides"},
    {"padding", "pads"},
    {"output_padding", "output_padding"},
    {"output_size", "output_shape"},
    {"dilation", "dilations"},
    {"groups", "group"}};

using onnx::AutoPad;
constexpr std::string_view kAutoPads[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};

bool is_operator(std::string_view name) { return name == "Conv" || name == "ConvTranspose"; }

struct Attributes {
  AutoPad auto_pad = AutoPad::NotSet;
  Sizes strides{}, dilations{}, output_padding{};
  Sizes pads{};  // all begins, then all ends
  std::optional<Sizes> kernel_shape{}, output_shape{};
  std::int64_t group = 1;
};

class OnnxLowering {
 public:
  OnnxLowering(const Layer& node, const LoweringInput& input)
      : transposed_(node.name == "ConvTranspose"),
        args_(node, kOnnx.name, kOnnx.signature(node)),
        input_(input) {}

  Result<Lowering> run() {
    if (args_.error()) return *args_.error();
    if (auto ok = find_rank(); !ok) return ok.error();
    read_attributes();
    if (args_.error()) return *args_.error();
    const auto axes = activation_axes(input_.x.shape.size(), rank_, ChannelOrder::First);
    if (!axes) {
      return shape_error(fmt::format("X of shape {} needs {} axes (or {} for one channel)",
                                     sizes_text(input_.x.shape), rank_ + 2, rank_));
    }
    problem_.direction = transposed_ ? Direction::Transposed : Direction::Forward;
    problem_.dtype = input_.dtype;
    problem_.rank = rank_;
    problem_.groups = a_.group;
    problem_.has_bias = input_.bias.has_value();
    place_x(problem_, input_.x, *axes);
    auto w = weights();
    if (!w) return w.error();
    if (auto ok = check_weights(*w); !ok) return ok.error();
    place_w(problem_, w->operand, w->axes);
    if (auto ok = place_axes(); !ok) return ok.error();
    const auto extents = output_extents(problem_);
    if (!extents) return shape_error(extents.error().what);
    if (auto ok = check_extents(*extents); !ok) return ok.error();
    if (input_.bias) {
      if (auto ok = check_bias(*input_.bias, problem_.out_channels); !ok) return ok.error();
    }
    const ActivationAxes y_axes = result_axes(*axes, problem_.out_channels, ChannelOrder::First);
    const Shape y_shape =
        place_y(problem_, y_axes, batch_extents(input_.x, *axes, y_axes), *extents);
    return Lowering{.layer = args_.where(),
                    .framework = kOnnx.name,
                    .stages = {problem_},
                    .stage_shapes = {y_shape},
                    .y_shape = y_shape,
                    .x_axes = *axes,
                    .y_axes = y_axes,
                    .x_layout = activation_layout(*axes),
                    .w_layouts = {w->layout},
                    .notes = notes_};
  }

 private:
  Error shape_error(std::string what) const {
    return Error{.code = ErrorCode::ShapeMismatch, .where = args_.where(), .what = std::move(what)};
  }

  // Spatial axes: all but two of the larger tensor's; or all, where neither has any others.
  Result<void> find_rank() {
    std::size_t axes = input_.x.shape.size();
    if (!input_.weights.empty()) axes = std::max(axes, input_.weights[0].shape.size());
    const std::size_t rank = axes >= 3 ? axes - 2 : axes;
    if (rank < 1) return shape_error("X needs at least one spatial axis, it has no axes");
    rank_ = static_cast<int>(rank);
    return {};
  }

  void read_attributes() {
    std::string word = args_.text("auto_pad", "NOTSET");
    // The neutral --padding says either.
    const bool flag_word = args_.is_text("pads") && args_.from_flag("pads");
    if (flag_word) word = args_.text("pads", "");
    if (word.empty()) word = "NOTSET";
    const auto* const it = std::find(std::begin(kAutoPads), std::end(kAutoPads), word);
    args_.require(it != std::end(kAutoPads), "auto_pad",
                  fmt::format("auto_pad = '{}' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID{}",
                              word, support::did_you_mean(word, kAutoPads)));
    if (it != std::end(kAutoPads)) a_.auto_pad = static_cast<AutoPad>(it - std::begin(kAutoPads));
    a_.strides = args_.sizes("strides", rank_, 1, ListLength::ListOnly);
    a_.dilations = args_.sizes("dilations", rank_, 1, ListLength::ListOnly);
    a_.output_padding = args_.sizes("output_padding", rank_, 0, ListLength::ListOnly);
    a_.group = args_.integer("group", 1);
    read_pads();
    for (const auto& [name, target] :
         {std::pair<std::string_view, std::optional<Sizes>*>{"kernel_shape", &a_.kernel_shape},
          {"output_shape", &a_.output_shape}}) {
      if (args_.has(name)) *target = args_.sizes(name, rank_, 1, ListLength::ListOnly);
    }
    require_least("strides", a_.strides, 1);
    require_least("dilations", a_.dilations, 1);
    require_least("pads", a_.pads, 0);
    require_least("output_padding", a_.output_padding, 0);
    if (a_.kernel_shape) require_least("kernel_shape", *a_.kernel_shape, 1);
    if (a_.output_shape) require_least("output_shape", *a_.output_shape, 1);
    args_.require(a_.group >= 1, "group", fmt::format("group = {} must be at least 1", a_.group));
    args_.require(a_.auto_pad == AutoPad::NotSet || flag_word || !args_.has("pads"), "pads",
                  fmt::format("pads and auto_pad = '{}' cannot both be given", word));
    const bool same = a_.auto_pad == AutoPad::SameUpper || a_.auto_pad == AutoPad::SameLower;
    const bool dilated = std::any_of(a_.dilations.begin(), a_.dilations.end(),
                                     [](std::int64_t d) { return d != 1; });
    args_.require(transposed_ || !same || !dilated, "dilations",
                  fmt::format("dilations = {} with auto_pad = '{}': ONNX Runtime refuses it",
                              sizes_text(a_.dilations), word),
                  "give pads instead");
  }

  void require_least(std::string_view name, const Sizes& sizes, std::int64_t least) {
    for (const std::int64_t size : sizes) {
      args_.require(size >= least, name,
                    fmt::format("{} has {}, must be at least {}", name, size, least));
    }
  }

  // Begins, then ends. The neutral --padding may also say one value per axis, or low:high pairs.
  void read_pads() {
    const auto n = static_cast<std::size_t>(rank_);
    a_.pads = Sizes(2 * n, 0);
    if (!args_.has("pads") || (args_.is_text("pads") && args_.from_flag("pads"))) return;
    const Value& value = *args_.find("pads");
    const bool pairs = value.kind == Value::Kind::List && !value.items.empty() &&
                       value.items[0].kind == Value::Kind::List;
    const Sizes given = pairs ? Sizes{} : args_.integers("pads");
    if (given.size() == 2 * n) {
      a_.pads = given;
      return;
    }
    if (args_.from_flag("pads") && (pairs || given.size() == n || given.size() == 1)) {
      const auto each = args_.pairs("pads", rank_, {.ints = true});
      for (std::size_t i = 0; i < n; ++i) {
        a_.pads[i] = each[i].low;
        a_.pads[n + i] = each[i].high;
      }
      return;
    }
    args_.require(false, "pads",
                  fmt::format("pads = {} needs {} values: all begins, then all ends",
                              value_text(value), 2 * n));
  }

  Result<WeightReading> weights() {
    const WeightAxes axes = transposed_
                                ? WeightAxes{.out = 1, .in = 0, .spatial = consecutive(2, rank_)}
                                : WeightAxes{.out = 0, .in = 1, .spatial = consecutive(2, rank_)};
    const std::string layout =
        kernel_layout(rank_, transposed_ ? "in, out/group" : "out, in/group");
    if (input_.weights.empty()) {
      return args_.refusal("", "the number of output channels is not known",
                           "a node leaves it to its weights: give them with -w");
    }
    return read_weights(input_.weights[0], axes, rank_, layout);
  }

  Result<void> check_weights(const WeightReading& w) const {
    const std::int64_t in = extent_of(w.operand, w.axes.in) * (transposed_ ? 1 : a_.group);
    const std::int64_t out = extent_of(w.operand, w.axes.out) * (transposed_ ? a_.group : 1);
    if (auto ok = check_kernel_agrees(w, a_.kernel_shape, kernel_extents(w.operand, w.axes)); !ok) {
      return ok;
    }
    if (in != problem_.in_channels) {
      return weight_error(w, fmt::format("expect {} input channels, {} has {}", in, input_.x.name,
                                         problem_.in_channels));
    }
    for (const auto& [which, channels] : {std::pair("input", in), std::pair("output", out)}) {
      if (channels % a_.group != 0) {
        return weight_error(w, fmt::format("have {} {} channels, which group = {} does not divide",
                                           channels, which, a_.group));
      }
    }
    return {};
  }

  Result<void> place_axes() {
    const auto n = static_cast<std::size_t>(rank_);
    for (std::size_t i = 0; i < n; ++i) {
      Axis& axis = problem_.axes[kMaxAxes - n + i];
      axis.stride = a_.strides[i];
      axis.dilation = a_.dilations[i];
      axis.begin = a_.pads[i];
      axis.end = a_.pads[n + i];
      if (!transposed_) {
        place_forward(axis);
      } else if (auto ok = place_transposed(axis, i); !ok) {
        return ok;
      }
    }
    return {};
  }

  void place_forward(Axis& axis) {
    if (a_.auto_pad != AutoPad::SameUpper && a_.auto_pad != AutoPad::SameLower) return;
    place(axis, onnx::forward_pads(a_.auto_pad, axis));
    if (axis.begin < 0) {
      notes_.push_back(
          fmt::format("an axis of {}: the operator's text starts at its first element; "
                      "ONNX Runtime at element {}",
                      axis.input, -axis.begin));
    }
  }

  static void place(Axis& axis, const Ends& ends) {
    axis.begin = ends.begin;
    axis.end = ends.end;
  }

  Result<void> place_transposed(Axis& axis, std::size_t i) {
    const std::int64_t op = a_.output_padding[i];
    const auto full = full_extent(axis);
    if (!full) return shape_error(full.error().what);
    if (op >= axis.stride) {
      return args_.refusal(
          "output_padding",
          fmt::format("output_padding {} must be smaller than stride {}", op, axis.stride),
          op < axis.dilation
              ? "the operator's text allows it below the dilation; ONNX Runtime does "
                "not"
              : "");
    }
    const bool same = a_.auto_pad == AutoPad::SameUpper || a_.auto_pad == AutoPad::SameLower;
    onnx::TransposedEnds with{.full = *full, .output_padding = op};
    if (a_.output_shape) {
      with.output_shape = (*a_.output_shape)[i];
      if (*with.output_shape > *full + axis.stride - 1) {
        return args_.refusal("output_shape",
                             fmt::format("output_shape {} is beyond what input {} reaches: {}",
                                         *with.output_shape, axis.input, *full + axis.stride - 1));
      }
    } else if (same) {
      note_same(axis, i, *full + op);
    }
    place(axis, onnx::transposed_crops(a_.auto_pad, axis, with));
    return {};
  }

  void note_same(const Axis& axis, std::size_t i, std::int64_t reached) {
    const std::int64_t op = a_.output_padding[i];
    const std::int64_t wanted = axis.input * axis.stride;
    if (reached < wanted) {
      notes_.push_back(fmt::format(
          "axis {}: the operator's text gives {} = input * stride for {}; shape inference and "
          "ONNX Runtime give {}",
          i, wanted, kAutoPads[static_cast<std::size_t>(a_.auto_pad)], reached));
    }
    if (op > 0) {
      notes_.push_back(
          fmt::format("axis {}: with output_padding {} shape inference announces {}; "
                      "ONNX Runtime gives {}",
                      i, op, wanted + op, std::min(reached, wanted)));
    }
  }

  Result<void> check_extents(const Extents& y) const {
    for (std::size_t a = static_cast<std::size_t>(kMaxAxes - rank_); a < kMaxAxes; ++a) {
      const Axis& axis = problem_.axes[a];
      if (axis.input < 1) return shape_error("X has a spatial axis of size 0");
      if (y[a] < 1) {
        return shape_error(
            fmt::format("the output would have {} elements along an axis of {}", y[a], axis.input));
      }
    }
    return {};
  }

  bool transposed_;
  Arguments args_;
  const LoweringInput& input_;
  int rank_ = 0;
  Attributes a_{};
  Problem problem_{};
  std::vector<std::string> notes_{};
};

Result<Lowering> lower_onnx(const Layer& layer, const LoweringInput& input) {
  const Layer node = onnx_node(layer);
  return OnnxLowering(node, input).run();
}

bool knows_onnx(const Layer& layer) { return is_operator(onnx_node(layer).name); }

std::vector<std::string_view> onnx_names() { return {"Conv", "ConvTranspose"}; }

Signature onnx_signature(const Layer& layer) {
  const bool transposed = onnx_node(layer).name == "ConvTranspose";
  return {.keyword_only = transposed ? kConvTranspose : kConv, .flags = kFlags};
}

int onnx_weight_count(const Layer&) { return 1; }

}  // namespace

Layer onnx_node(const Layer& layer) {
  Layer node = layer;
  if (const auto neutral = neutral_name(layer.name)) {
    node.name = neutral->transposed ? "ConvTranspose" : "Conv";
  }
  if (layer.name != "make_node") return node;
  node.arguments.clear();
  for (const Argument& argument : layer.arguments) {
    const bool op = argument.name.empty() || argument.name == "op_type";
    if (op && argument.value.kind == Value::Kind::String && node.name == "make_node") {
      node.name = argument.value.text;
    } else if (!argument.name.empty() && argument.name != "inputs" && argument.name != "outputs") {
      node.arguments.push_back(argument);
    }
  }
  return node;
}

Value neutral_pads(const Value& pads) {
  if (pads.kind != Value::Kind::List || pads.items.size() % 2 != 0) return pads;
  Value pairs{.kind = Value::Kind::List};
  Value ints{.kind = Value::Kind::List};
  bool symmetric = true;
  const std::size_t n = pads.items.size() / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const Value &begin = pads.items[i], &end = pads.items[n + i];
    pairs.items.push_back({.kind = Value::Kind::List, .items = {begin, end}});
    ints.items.push_back(begin);
    symmetric = symmetric && begin.integer == end.integer;
  }
  return symmetric ? ints : pairs;
}

const Framework kOnnx = {.name = "onnx",
                         .knows = &knows_onnx,
                         .layer_names = &onnx_names,
                         .lower = &lower_onnx,
                         .weight_count = &onnx_weight_count,
                         .signature = &onnx_signature,
                         .forms = &onnx_forms};

}  // namespace tconv::frameworks
