#include "frameworks/input_form.hpp"

#include <fmt/format.h>

#include "frameworks/assemble.hpp"
#include "frameworks/flax.hpp"
#include "frameworks/jax.hpp"
#include "frameworks/jax_dimensions.hpp"
#include "frameworks/keras.hpp"
#include "frameworks/keras_settings.hpp"
#include "frameworks/onnx.hpp"
#include "frameworks/pytorch.hpp"
#include "frameworks/pytorch_settings.hpp"

namespace tconv::frameworks {
namespace {

using Weights = std::vector<Operand>;

// The first weights, where they have channel axes.
const Shape* kernel_of(const Weights& weights, int rank) {
  if (weights.empty() || weights[0].shape.size() != static_cast<std::size_t>(rank) + 2) {
    return nullptr;
  }
  return &weights[0].shape;
}

Error rank_open(const Arguments& args) {
  return args.refusal("", "the number of spatial axes is not known",
                      "give the weights with -w (-w zeros:8,3,3,3 tells their shape), or "
                      "--input-shape");
}

Result<InputForm> pytorch_form(const Layer& layer, const Weights& weights) {
  const pytorch::Family& f = *pytorch::family_of(layer.name);
  Arguments args(layer, kPyTorch.name, pytorch::signature_of(f));
  const pytorch::Settings s = pytorch::read_settings(args, f);
  if (args.error()) return *args.error();
  InputForm form{
      .axes = *activation_axes(static_cast<std::size_t>(f.rank) + 2, f.rank, ChannelOrder::First),
      .channels = s.in_channels};
  const Shape* w = kernel_of(weights, f.rank);
  if (w != nullptr && !form.channels) form.channels = f.transposed ? (*w)[0] : (*w)[1] * s.groups;
  return form;
}

Result<InputForm> keras_form(const Layer& layer, const Weights& weights) {
  const keras::Family& f = *keras::family_of(layer.name);
  Arguments args(layer, kKeras.name, keras::signature_of(f, layer));
  const keras::Settings s = keras::read_settings(args, f);
  if (args.error()) return *args.error();
  const auto n = static_cast<std::size_t>(f.rank);
  InputForm form{.axes = *activation_axes(n + 2, f.rank, s.order)};
  if (const Shape* w = kernel_of(weights, f.rank)) {
    form.channels = f.kind == keras::Kind::Transposed ? (*w)[n + 1] : (*w)[n] * s.groups;
  }
  // Both are without the batch axis; Keras 2 wrote the second, with it.
  for (const std::string_view name : {"input_shape", "batch_input_shape"}) {
    const Value* shape = args.find(name);
    if (form.channels || shape == nullptr || shape->kind != Value::Kind::List) continue;
    const std::size_t skipped = name == "input_shape" ? 1 : 0;
    const std::size_t channel = *form.axes.channel - skipped;
    if (shape->items.size() != n + 2 - skipped) continue;
    if (shape->items[channel].kind == Value::Kind::Int && shape->items[channel].integer > 0) {
      form.channels = shape->items[channel].integer;
    }
  }
  return form;
}

Result<InputForm> onnx_form(const Layer& layer, const Weights& weights) {
  Arguments args(layer, kOnnx.name, kOnnx.signature(layer));
  if (args.error()) return *args.error();
  if (weights.empty() || weights[0].shape.size() < 3) return rank_open(args);
  const int rank = static_cast<int>(weights[0].shape.size()) - 2;
  const Shape& w = weights[0].shape;
  const std::int64_t group = args.integer("group", 1);
  if (args.error()) return *args.error();
  return InputForm{.axes = *activation_axes(w.size(), rank, ChannelOrder::First),
                   .channels = layer.name == "ConvTranspose" ? w[0] : w[1] * group};
}

Result<InputForm> jax_form(const Layer& layer, const Weights& weights) {
  Arguments args(layer, kJax.name, kJax.signature(layer));
  if (args.error()) return *args.error();
  if (weights.empty() || weights[0].shape.size() < 2) return rank_open(args);
  const bool transposed = layer.name == "conv_transpose";
  const int rank = static_cast<int>(weights[0].shape.size()) - 2;
  const auto numbers = lax::read_dimension_numbers(
      args, "dimension_numbers", rank,
      transposed ? lax::DefaultLayout::ChannelsLast : lax::DefaultLayout::ChannelsFirst);
  const bool swapped = args.boolean("transpose_kernel", false);
  InputForm form{.axes = {.batch = {numbers.lhs.empty() ? 0 : numbers.lhs[0]}}};
  const std::int64_t groups = args.integer("feature_group_count", 1);
  form.batch = args.integer("batch_group_count", 1);
  if (args.error()) return *args.error();
  form.axes.channel = numbers.lhs[1];
  form.axes.spatial = {numbers.lhs.begin() + 2, numbers.lhs.end()};
  form.channels = weights[0].shape[numbers.rhs[swapped ? 0 : 1]] * groups;
  return form;
}

Result<InputForm> flax_form(const Layer& layer, const Weights& weights) {
  Arguments args(layer, kFlax.name, kFlax.signature(layer));
  if (args.error()) return *args.error();
  std::optional<std::size_t> rank;
  if (args.has("kernel_size")) rank = args.integers("kernel_size").size();
  if (const auto neutral = neutral_name(layer.name); neutral && !rank) {
    rank = static_cast<std::size_t>(neutral->rank);
  }
  if (!rank && !weights.empty() && weights[0].shape.size() >= 3) {
    rank = weights[0].shape.size() - 2;
  }
  if (!rank) return rank_open(args);
  InputForm form{.axes = *activation_axes(*rank + 2, static_cast<int>(*rank), ChannelOrder::Last)};
  if (args.has("in_features")) form.channels = args.integer("in_features", 1);
  const Shape* w = kernel_of(weights, static_cast<int>(*rank));
  if (w != nullptr && !form.channels) {
    const bool swapped = args.boolean("transpose_kernel", false);
    form.channels = (*w)[swapped ? *rank + 1 : *rank] * args.integer("feature_group_count", 1);
  }
  if (args.error()) return *args.error();
  return form;
}

}  // namespace

Result<InputForm> input_form(const ResolvedLayer& resolved, const Weights& weights) {
  const Framework* framework = resolved.framework;
  if (framework == &kPyTorch) return pytorch_form(resolved.layer, weights);
  if (framework == &kKeras) return keras_form(resolved.layer, weights);
  if (framework == &kOnnx) return onnx_form(resolved.layer, weights);
  if (framework == &kJax) return jax_form(resolved.layer, weights);
  if (framework == &kFlax) return flax_form(resolved.layer, weights);
  return Error{.code = ErrorCode::Unsupported,
               .where = std::string(framework->name),
               .what = "has functions and no layers: nothing to port"};
}

}  // namespace tconv::frameworks
