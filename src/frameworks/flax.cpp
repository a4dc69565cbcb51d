// flax's layers: channels last, any number of batch axes, lax underneath. Kernels: Conv
// (k..., in/groups, out), ConvTranspose (k..., in, out), or (k..., out, in) with transpose_kernel.
// Sources: flax flax/linen/linear.py (canonicalize_padding, _Conv.__call__,
// ConvTranspose.__call__), flax/nnx/nn/linear.py (Conv, ConvTranspose).
#include "frameworks/flax.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "frameworks/flax_padding.hpp"
#include "frameworks/forms.hpp"
#include "frameworks/jax_dimensions.hpp"
#include "frameworks/lax_convolution.hpp"
#include "frameworks/operands.hpp"

namespace tconv::frameworks {
namespace {

// The two APIs share all that matters but the leading arguments; a name without its module, as in
// JSON, may be either.
constexpr std::string_view kLinenConv =
    "features kernel_size strides padding input_dilation kernel_dilation feature_group_count "
    "use_bias mask dtype param_dtype precision kernel_init bias_init";
constexpr std::string_view kLinenTransposed =
    "features kernel_size strides padding kernel_dilation use_bias mask dtype param_dtype "
    "precision "
    "kernel_init bias_init transpose_kernel promote_dtype preferred_element_type";
constexpr std::string_view kNnx = "in_features out_features kernel_size strides";
constexpr std::string_view kKeywords =
    "in_features out_features features kernel_size strides padding kernel_dilation use_bias mask "
    "dtype param_dtype precision kernel_init bias_init promote_dtype preferred_element_type rngs "
    "name parent kernel_metadata bias_metadata conv_general_dilated conv_general_dilated_cls "
    "input_dilation feature_group_count";
constexpr std::string_view kTransposedKeywords =
    "in_features out_features features kernel_size strides padding kernel_dilation use_bias mask "
    "dtype param_dtype precision kernel_init bias_init promote_dtype preferred_element_type rngs "
    "name parent kernel_metadata bias_metadata transpose_kernel";

constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
    {"kernel_size", "kernel_size"},
    {"stride", "strides"},
    {"padding", "padding"},
    {"dilation", "kernel_dilation"},
    {"groups", "feature_group_count"}};

bool is_transposed(const Layer& layer) {
  const auto neutral = neutral_name(layer.name);
  return neutral ? neutral->transposed : layer.name == "ConvTranspose";
}
bool is_nnx(const Layer& layer) { return layer.module.find("nnx") != std::string::npos; }

Signature signature_of(const Layer& layer) {
  const bool transposed = is_transposed(layer);
  return {.positional = is_nnx(layer) ? kNnx
                        : transposed  ? kLinenTransposed
                                      : kLinenConv,
          .keyword_only = transposed ? kTransposedKeywords : kKeywords,
          .flags = kFlags};
}

struct Settings {
  std::optional<std::int64_t> in_features{}, features{};
  std::optional<Sizes> kernel_size{};
  bool use_bias = true;
  std::vector<double> mask{};
  Shape mask_shape{};
};

// A nested list of numbers, as `mask=[[[1, 0]]]`.
bool flatten(const Value& value, std::size_t depth, Settings& s) {
  if (value.kind != Value::Kind::List) {
    if (depth != s.mask_shape.size()) return false;
    switch (value.kind) {
      case Value::Kind::Bool: s.mask.push_back(value.boolean ? 1 : 0); return true;
      case Value::Kind::Int: s.mask.push_back(static_cast<double>(value.integer)); return true;
      case Value::Kind::Float: s.mask.push_back(value.real); return true;
      default: return false;
    }
  }
  const auto extent = static_cast<std::int64_t>(value.items.size());
  if (depth == s.mask_shape.size()) {
    if (!s.mask.empty()) return false;
    s.mask_shape.push_back(extent);
  }
  if (s.mask_shape[depth] != extent) return false;
  return std::all_of(value.items.begin(), value.items.end(),
                     [&](const Value& item) { return flatten(item, depth + 1, s); });
}

Settings read_settings(Arguments& args) {
  Settings s;
  if (args.has("in_features")) s.in_features = args.integer("in_features", 1);
  for (const std::string_view name : {"features", "out_features"}) {
    if (args.has(name)) s.features = args.integer(name, 1);
  }
  if (args.has("kernel_size")) s.kernel_size = args.integers("kernel_size");
  for (const std::int64_t size : s.kernel_size.value_or(Sizes{})) {
    args.require(size >= 1, "kernel_size",
                 fmt::format("kernel_size = {} must be at least 1", size));
  }
  s.use_bias = args.boolean("use_bias", true);
  if (args.has("mask")) {
    args.require(flatten(*args.find("mask"), 0, s), "mask",
                 "mask must be written out, as nested lists of numbers");
  }
  return s;
}

// Channels last with any number of batch axes before the spatial ones; or the spatial ones alone.
ActivationAxes axes_of(std::size_t x_rank, int rank) {
  const auto n = static_cast<std::size_t>(rank);
  if (x_rank == n) return {.spatial = consecutive(0, rank)};
  const std::size_t batch = x_rank - n - 1;
  return {.batch = consecutive(0, static_cast<int>(batch)),
          .channel = x_rank - 1,
          .spatial = consecutive(batch, rank)};
}

class FlaxLowering {
 public:
  FlaxLowering(const Layer& layer, const LoweringInput& input)
      : args_(layer, kFlax.name, signature_of(layer)),
        input_(input),
        transposed_(is_transposed(layer)),
        nnx_(is_nnx(layer)) {
    if (const auto neutral = neutral_name(layer.name)) neutral_rank_ = neutral->rank;
  }

  Result<Lowering> run() {
    if (args_.error()) return *args_.error();
    const Settings s = read_settings(args_);
    if (args_.error()) return *args_.error();
    auto w = weights(s);
    if (!w) return w.error();
    rank_ = static_cast<int>(w->axes.spatial.size());
    const std::size_t x_rank = input_.x.shape.size();
    if (x_rank < static_cast<std::size_t>(rank_)) {
      return Error{.code = ErrorCode::ShapeMismatch,
                   .where = input_.x.name,
                   .what = fmt::format("shape {} has fewer axes than the kernel's {} and channels",
                                       sizes_text(input_.x.shape), rank_)};
    }
    call_.dtype = input_.dtype;
    call_.lhs = input_.x;
    call_.lhs_axes = axes_of(x_rank, rank_);
    call_.rhs = w->operand;
    call_.rhs_axes = w->axes;
    call_.rhs_layout = w->layout;
    if (auto ok = check_agreement(s, *w); !ok) return ok.error();
    read_call(s);
    if (args_.error()) return *args_.error();
    if (auto ok = check_not_empty(); !ok) return ok.error();
    call_.out_axes = result_axes(call_.lhs_axes, out_features(), ChannelOrder::Last);
    const auto lowered = lax::lower(call_, args_);
    if (!lowered) return lowered.error();
    return finish(s, *lowered);
  }

 private:
  std::int64_t out_features() const {
    return extent_of(call_.rhs, call_.transpose_kernel ? call_.rhs_axes.in : call_.rhs_axes.out);
  }

  Result<WeightReading> weights(const Settings& s) {
    call_.transposed = transposed_;
    call_.transpose_kernel = args_.boolean("transpose_kernel", false);
    call_.feature_groups = args_.integer("feature_group_count", 1);
    if (args_.error()) return *args_.error();
    std::optional<std::size_t> rank;
    if (s.kernel_size) rank = s.kernel_size->size();
    if (!rank && neutral_rank_) rank = static_cast<std::size_t>(*neutral_rank_);
    Operand operand;
    if (!input_.weights.empty()) {
      operand = input_.weights[0];
      const std::size_t w_rank = operand.shape.size();
      if (!rank) rank = w_rank >= 3 ? w_rank - 2 : w_rank;
    } else {
      if (!s.kernel_size || !s.features) {
        return args_.refusal(
            "", fmt::format("{} is not given", s.kernel_size ? "features" : "kernel_size"),
            "write it in the layer, or give the weights with -w");
      }
      const bool spatial_only = input_.x.shape.size() == *rank;
      const std::int64_t in = spatial_only ? 1 : input_.x.shape.empty() ? 1 : input_.x.shape.back();
      Shape shape = *s.kernel_size;
      const std::int64_t per_group = in / std::max<std::int64_t>(call_.feature_groups, 1);
      if (call_.transpose_kernel) {
        shape.insert(shape.end(), {*s.features, in});
      } else {
        shape.insert(shape.end(), {transposed_ ? in : per_group, *s.features});
      }
      operand = shape_only(std::move(shape), "the layer");
    }
    const int axes = static_cast<int>(*rank);
    if (transposed_ && axes > lax::kMostDefaultAxes) {
      return args_.refusal("kernel_size", lax::no_default_layout(axes),
                           "flax gives it none; call lax.conv_transpose with dimension_numbers");
    }
    return read_weights(
        operand, {.out = *rank + 1, .in = *rank, .spatial = consecutive(0, axes)}, axes,
        kernel_layout(axes, "", call_.transpose_kernel ? "out, in" : "in/groups, out"));
  }

  Result<void> check_agreement(const Settings& s, const WeightReading& w) const {
    if (auto ok = check_agrees(w, "features", s.features, out_features()); !ok) return ok;
    if (auto ok = check_kernel_agrees(w, s.kernel_size, kernel_extents(w.operand, w.axes)); !ok) {
      return ok;
    }
    const std::int64_t channels = extent_of(call_.lhs, call_.lhs_axes.channel);
    if (s.in_features && *s.in_features != channels) {
      return Error{.code = ErrorCode::ShapeMismatch,
                   .where = args_.where(),
                   .what = fmt::format("in_features = {}, {} has {} channels", *s.in_features,
                                       call_.lhs.name, channels)};
    }
    if (!s.mask.empty() && s.mask_shape != w.operand.shape) {
      return weight_error(
          w, fmt::format("and a mask of shape {}: they must be equal", sizes_text(s.mask_shape)));
    }
    return {};
  }

  void read_call(const Settings& s) {
    call_.strides = args_.sizes("strides", rank_, 1);
    call_.lhs_dilation = args_.sizes("input_dilation", rank_, 1);
    call_.rhs_dilation = args_.sizes("kernel_dilation", rank_, 1);
    args_.require(!s.features || *s.features >= 1, "features",
                  fmt::format("features = {} must be at least 1", s.features.value_or(1)));
    const bool is_word = args_.is_text("padding");
    args_.require(args_.find("padding") == nullptr || args_.has("padding"), "padding",
                  "padding = None must be a string, an int or pairs");
    if (args_.has("padding") && !is_word) {
      call_.padding.pairs = args_.pairs("padding", rank_, {.ints = true, .lists = !nnx_});
      return;
    }
    const std::string word = args_.text("padding", "SAME");
    call_.padding.word = word;
    args_.require(!word.empty(), "padding", "padding = '' is no word that flax knows");
    if (transposed_ && word == "CIRCULAR") return wrap_around();
    if (!transposed_ && (word == "CIRCULAR" || word == "REFLECT" || word == "CAUSAL")) {
      pad_first(word);
    }
  }

  // flax makes one batch axis of several, or of none, by a reshape that cannot tell how many items
  // an empty x has, and wraps a scatter by another; and numpy.pad cannot repeat what is not there.
  Result<void> check_not_empty() const {
    const ActivationAxes& axes = call_.lhs_axes;
    std::int64_t item = extent_of(call_.lhs, axes.channel), batch = 1;
    bool repeats_nothing = false;
    for (std::size_t i = 0; i < axes.spatial.size(); ++i) {
      const std::int64_t extent = call_.lhs.shape[axes.spatial[i]];
      item *= extent;
      if (call_.pad_mode == PadMode::Zeros || extent > 0) continue;
      repeats_nothing |= call_.padding.pairs[i].low != 0 || call_.padding.pairs[i].high != 0;
    }
    for (const std::size_t axis : axes.batch) batch *= call_.lhs.shape[axis];
    const bool wraps = transposed_ && call_.pad_mode == PadMode::Circular;
    const bool reshaped = axes.channel && axes.batch.size() != 1;
    const bool fits = !repeats_nothing && (item > 0 || !reshaped) && (item * batch > 0 || !wraps);
    if (fits) return {};
    return Error{
        .code = ErrorCode::ShapeMismatch,
        .where = args_.where(),
        .what = fmt::format("{} is empty: shape {}", call_.lhs.name, sizes_text(call_.lhs.shape))};
  }

  std::int64_t reach(std::size_t i) const {
    return (call_.rhs.shape[call_.rhs_axes.spatial[i]] - 1) * call_.rhs_dilation[i] + 1;
  }

  // These three pad in a step of their own, and lax then sees 'VALID'.
  void pad_first(const std::string& word) {
    for (const std::int64_t dilation : call_.lhs_dilation) {
      args_.require(dilation == 1, "padding",
                    fmt::format("padding = '{}' needs input_dilation of 1, got {}", word,
                                sizes_text(call_.lhs_dilation)));
    }
    args_.require(
        word != "CAUSAL" || rank_ == 1, "padding",
        fmt::format("padding = 'CAUSAL' is for one spatial axis, this layer has {}", rank_));
    call_.padding.word.clear();
    if (word == "CIRCULAR") call_.pad_mode = PadMode::Circular;
    if (word == "REFLECT") call_.pad_mode = PadMode::Reflect;
    for (std::size_t i = 0; i < call_.rhs_dilation.size(); ++i) {
      call_.padding.pairs.push_back(flax::forward_pads(word, reach(i)));
    }
  }

  void wrap_around() {
    call_.transposed = false;
    call_.pad_mode = PadMode::Circular;
    call_.padding.word.clear();
    for (std::size_t i = 0; i < call_.strides.size(); ++i) {
      call_.padding.pairs.push_back(
          flax::wrapped_pads(reach(i), call_.strides[i], call_.transpose_kernel));
    }
    call_.lhs_dilation = call_.strides;
    call_.strides = Sizes(call_.strides.size(), 1);
  }

  Result<Lowering> finish(const Settings& s, const lax::Lowered& lowered) {
    Problem problem = lowered.problem;
    problem.has_bias = input_.bias || (input_.describe_only && s.use_bias);
    if (input_.bias) {
      if (!s.use_bias) {
        return args_.refusal("use_bias",
                             fmt::format("the layer has use_bias=False, and a bias was given ({})",
                                         input_.bias->name));
      }
      if (auto ok = check_bias(*input_.bias, problem.out_channels); !ok) return ok.error();
    }
    return Lowering{.layer = args_.where(),
                    .framework = kFlax.name,
                    .stages = {problem},
                    .stage_shapes = {lowered.y_shape},
                    .weight_mask = s.mask,
                    .y_shape = lowered.y_shape,
                    .x_axes = call_.lhs_axes,
                    .y_axes = call_.out_axes,
                    .x_layout = activation_layout(call_.lhs_axes),
                    .w_layouts = {call_.rhs_layout}};
  }

  Arguments args_;
  const LoweringInput& input_;
  std::optional<int> neutral_rank_{};
  bool transposed_, nnx_;  // linen turns the lists among its attributes into tuples
  int rank_ = 0;
  lax::Call call_{};
};

Result<Lowering> lower_flax(const Layer& layer, const LoweringInput& input) {
  return FlaxLowering(layer, input).run();
}

bool knows_flax(const Layer& layer) {
  return layer.name == "Conv" || layer.name == "ConvTranspose" || neutral_name(layer.name);
}

std::vector<std::string_view> flax_names() { return {"Conv", "ConvTranspose"}; }

int flax_weight_count(const Layer&) { return 1; }

}  // namespace

const Framework kFlax = {.name = "flax",
                         .knows = &knows_flax,
                         .layer_names = &flax_names,
                         .lower = &lower_flax,
                         .weight_count = &flax_weight_count,
                         .signature = &signature_of,
                         .forms = &flax_forms};

}  // namespace tconv::frameworks
