// Calls of jax.lax, read into what lax_convolution.hpp lowers. lax has no bias.
// Sources: jax jax/_src/lax/convolution.py (conv, conv_with_general_padding, conv_general_dilated,
// conv_transpose: signatures and default layouts).
#include "frameworks/jax.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "frameworks/forms.hpp"
#include "frameworks/jax_dimensions.hpp"
#include "frameworks/lax_convolution.hpp"

namespace tconv::frameworks {
namespace {

struct Function {
  std::string_view name;
  std::string_view positional;
  std::string_view strides;   // the argument that says them
  std::string_view required;  // beside the tensors, in a call that is written out
};

constexpr Function kFunctions[] = {
    {"conv", "lhs rhs window_strides padding precision preferred_element_type", "window_strides",
     "window_strides padding"},
    {"conv_with_general_padding",
     "lhs rhs window_strides padding lhs_dilation rhs_dilation precision preferred_element_type",
     "window_strides", "window_strides padding lhs_dilation rhs_dilation"},
    {"conv_general_dilated",
     "lhs rhs window_strides padding lhs_dilation rhs_dilation dimension_numbers "
     "feature_group_count batch_group_count precision preferred_element_type out_sharding",
     "window_strides", "window_strides padding"},
    {"conv_transpose",
     "lhs rhs strides padding rhs_dilation dimension_numbers transpose_kernel precision "
     "preferred_element_type use_consistent_padding",
     "strides", "strides padding"},
};

// The neutral --stride is the window's, or the input's where the call is transposed.
constexpr std::pair<std::string_view, std::string_view> kWindowFlags[] = {
    {"stride", "window_strides"},
    {"padding", "padding"},
    {"dilation", "rhs_dilation"},
    {"groups", "feature_group_count"}};
constexpr std::pair<std::string_view, std::string_view> kTransposedFlags[] = {
    {"stride", "strides"}, {"padding", "padding"}, {"dilation", "rhs_dilation"}};

const Function* function_named(std::string_view name) {
  if (const auto neutral = neutral_name(name)) {
    name = neutral->transposed ? "conv_transpose" : "conv_general_dilated";
  }
  const auto* it = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                [&](const Function& f) { return f.name == name; });
  return it == std::end(kFunctions) ? nullptr : it;
}

// Spatial axes: as many as strides are listed, else as a neutral name says, else what x leaves
// beside batch and channels.
int spatial_rank(const Arguments& args, const Function& f, const Layer& layer, std::size_t x_rank) {
  const Value* strides = args.find(f.strides);
  if (strides != nullptr && strides->kind == Value::Kind::List) {
    return static_cast<int>(strides->items.size());
  }
  if (const auto neutral = neutral_name(layer.name)) return neutral->rank;
  return static_cast<int>(x_rank >= 3 ? x_rank - 2 : x_rank);
}

ActivationAxes axes_of(const std::vector<std::size_t>& numbers) {
  return {.batch = {numbers[0]},
          .channel = numbers[1],
          .spatial = {numbers.begin() + 2, numbers.end()}};
}

// Axes of a tensor that has all of them, or the spatial ones alone.
template <typename Axes>
std::optional<Axes> fitting(const Operand& tensor, const Axes& whole) {
  const std::size_t rank = whole.spatial.size();
  if (tensor.shape.size() == rank + 2) return whole;
  if (tensor.shape.size() == rank) {
    return Axes{.spatial = consecutive(0, static_cast<int>(rank))};
  }
  return std::nullopt;
}

Error rank_error(const Operand& tensor, int rank) {
  return Error{.code = ErrorCode::ShapeMismatch,
               .where = tensor.name,
               .what = fmt::format("shape {} needs {} axes (or {} for one channel)",
                                   sizes_text(tensor.shape), rank + 2, rank)};
}

Result<Lowering> lower_jax(const Layer& layer, const LoweringInput& input) {
  const Function& f = *function_named(layer.name);
  const bool transposed = f.name == "conv_transpose";
  Arguments args(layer, kJax.name, kJax.signature(layer));
  if (args.error()) return *args.error();
  const int rank = spatial_rank(args, f, layer, input.x.shape.size());
  lax::Call call{.transposed = transposed, .dtype = input.dtype};
  const auto numbers = lax::read_dimension_numbers(
      args, "dimension_numbers", rank,
      transposed ? lax::DefaultLayout::ChannelsLast : lax::DefaultLayout::ChannelsFirst);
  call.strides = args.sizes(f.strides, rank, 1, ListLength::ListOnly);
  call.lhs_dilation = args.sizes("lhs_dilation", rank, 1, ListLength::ListOnly);
  call.rhs_dilation = args.sizes("rhs_dilation", rank, 1, ListLength::ListOnly);
  call.feature_groups = args.integer("feature_group_count", 1);
  call.batch_groups = args.integer("batch_group_count", 1);
  call.transpose_kernel = args.boolean("transpose_kernel", false);
  call.use_consistent_padding = args.boolean("use_consistent_padding", false);
  for (const std::string_view name : words_of(f.required)) {
    args.require(!args.written() || args.find(name) != nullptr, name,
                 fmt::format("{} is not given, and {} has no default for it", name, f.name));
  }
  args.require(args.find(f.strides) == nullptr || args.has(f.strides), f.strides,
               fmt::format("{} = None: lax wants a list", f.strides));
  args.require(args.has("padding"), "padding", "padding is not given",
               "lax has no default: 'SAME', 'VALID' or pairs");
  if (args.error()) return *args.error();
  if (args.is_text("padding")) {
    call.padding.word = args.text("padding", "");
    const bool unread = call.use_consistent_padding && rank == 0;  // lax_convolution.cpp says why
    args.require(!call.padding.word.empty() || unread, "padding",
                 "padding = '' is no word that lax knows");
  } else {
    call.padding.pairs = args.pairs("padding", rank, {.lists = !call.use_consistent_padding});
  }
  if (args.error()) return *args.error();

  if (input.weights.empty()) {
    return args.refusal("rhs", "the kernel's shape is not known", "give the kernel with -w");
  }
  if (input.bias) {
    return Error{.code = ErrorCode::Spec,
                 .where = args.where(),
                 .what = fmt::format("lax convolutions have no bias ({})", input.bias->name)};
  }
  call.lhs = input.x;
  call.rhs = input.weights[0];
  call.rhs_layout = lax::kernel_letters(numbers);
  const auto lhs_axes = fitting(call.lhs, axes_of(numbers.lhs));
  if (!lhs_axes) return rank_error(call.lhs, rank);
  const auto rhs_axes =
      fitting(call.rhs, WeightAxes{.out = numbers.rhs[0],
                                   .in = numbers.rhs[1],
                                   .spatial = {numbers.rhs.begin() + 2, numbers.rhs.end()}});
  if (!rhs_axes) return rank_error(call.rhs, rank);
  call.lhs_axes = *lhs_axes;
  call.rhs_axes = *rhs_axes;
  const std::int64_t out =
      extent_of(call.rhs, call.transpose_kernel ? rhs_axes->in : rhs_axes->out);
  const bool bare = !lhs_axes->channel && out == 1;
  call.out_axes = bare ? *lhs_axes : axes_of(numbers.out);

  const auto lowered = lax::lower(call, args);
  if (!lowered) return lowered.error();
  return Lowering{.layer = args.where(),
                  .framework = kJax.name,
                  .stages = {lowered->problem},
                  .stage_shapes = {lowered->y_shape},
                  .groups_along_batch = call.batch_groups > 1,
                  .y_shape = lowered->y_shape,
                  .x_axes = call.lhs_axes,
                  .y_axes = call.out_axes,
                  .x_layout = activation_layout(call.lhs_axes),
                  .w_layouts = {call.rhs_layout}};
}

bool knows_jax(const Layer& layer) { return function_named(layer.name) != nullptr; }

std::vector<std::string_view> jax_names() {
  std::vector<std::string_view> names;
  for (const Function& f : kFunctions) names.push_back(f.name);
  return names;
}

Signature jax_signature(const Layer& layer) {
  const Function& f = *function_named(layer.name);
  Signature signature{.positional = f.positional, .flags = kWindowFlags};
  if (f.name == "conv_transpose") signature.flags = kTransposedFlags;
  return signature;
}

int jax_weight_count(const Layer&) { return 1; }

}  // namespace

const Framework kJax = {.name = "jax",
                        .knows = &knows_jax,
                        .layer_names = &jax_names,
                        .lower = &lower_jax,
                        .weight_count = &jax_weight_count,
                        .signature = &jax_signature,
                        .forms = &jax_forms};

}  // namespace tconv::frameworks
