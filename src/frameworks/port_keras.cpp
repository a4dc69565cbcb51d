// Layers of Keras for a convolution. They take no numbers as padding, only its words; transposed
// ones have no groups.
#include <fmt/format.h>

#include <algorithm>

#include "frameworks/keras.hpp"
#include "frameworks/port_target.hpp"

namespace tconv::frameworks {
namespace {

bool above_one(const Sizes& sizes) {
  return std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size > 1; });
}

void add(Layer& layer, std::string name, Value value) {
  layer.arguments.push_back({.name = std::move(name), .value = std::move(value)});
}

void finish(Layer& layer, const Sought& s) {
  const Sizes dilation = per_axis(s.form, &NormalAxis::dilation);
  if (!all_equal(dilation, 1)) add(layer, "dilation_rate", short_value(dilation));
  const bool grouped = s.form.groups > 1 && layer.name.starts_with("Conv");
  if (grouped) add(layer, "groups", int_value(s.form.groups));
  if (!s.bias) add(layer, "use_bias", {.kind = Value::Kind::Bool});
  if (s.dtype != DType::Float32) add(layer, "dtype", string_value(name(s.dtype)));
}

void add_geometry(Layer& layer, const Sizes& strides, std::string_view padding) {
  if (!all_equal(strides, 1)) add(layer, "strides", short_value(strides));
  if (padding != "valid") add(layer, "padding", string_value(padding));
}

Candidate forward(const Sought& s, std::string_view padding, bool usual = false) {
  const NormalForm& f = s.form;
  Layer layer{
      .framework = "keras", .module = "keras.layers", .name = fmt::format("Conv{}D", f.rank())};
  layer.arguments = {{.value = int_value(f.out_channels)}, {.value = short_value(kernels_of(f))}};
  add_geometry(layer, per_axis(f, &NormalAxis::stride), padding);
  finish(layer, s);
  return {.layer = std::move(layer),
          .weights = weight_shape({}, kernels_of(f), {f.in_channels / f.groups, f.out_channels}),
          .usual = usual};
}

Candidate depthwise(const Sought& s, std::string_view padding) {
  const NormalForm& f = s.form;
  Layer layer{.framework = "keras",
              .module = "keras.layers",
              .name = fmt::format("DepthwiseConv{}D", f.rank())};
  layer.arguments = {{.value = short_value(kernels_of(f))}};
  add_geometry(layer, per_axis(f, &NormalAxis::stride), padding);
  const std::int64_t multiplier = f.out_channels / f.groups;
  if (multiplier > 1) add(layer, "depth_multiplier", int_value(multiplier));
  finish(layer, s);
  return {.layer = std::move(layer),
          .weights = weight_shape({}, kernels_of(f), {f.in_channels, multiplier})};
}

Candidate transposed(const Sought& s, std::string_view padding, const Sizes* output_padding) {
  const NormalForm& f = s.form;
  Layer layer{.framework = "keras",
              .module = "keras.layers",
              .name = fmt::format("Conv{}DTranspose", f.rank())};
  layer.arguments = {{.value = int_value(f.out_channels)}, {.value = short_value(kernels_of(f))}};
  add_geometry(layer, per_axis(f, &NormalAxis::spread), padding);
  if (output_padding != nullptr) add(layer, "output_padding", short_value(*output_padding));
  finish(layer, s);
  return {.layer = std::move(layer),
          .weights = weight_shape({}, kernels_of(f), {f.out_channels, f.in_channels}),
          .usual = padding == "same" && output_padding == nullptr};
}

std::vector<Candidate> as_forward(const Sought& s) {
  if (!s.can_be_forward() || s.form.pad_mode != PadMode::Zeros) return {};
  // TensorFlow's depthwise kernels take one stride for both axes.
  const Sizes strides = per_axis(s.form, &NormalAxis::stride);
  const bool is_depthwise = s.form.groups > 1 && s.form.groups == s.form.in_channels &&
                            s.form.rank() <= 2 && all_equal(strides, strides[0]);
  std::vector<Candidate> found;
  for (const std::string_view padding : {"valid", "same"}) {
    if (is_depthwise) found.push_back(depthwise(s, padding));
    found.push_back(forward(s, padding, padding == "same"));
  }
  if (s.form.rank() == 1) found.push_back(forward(s, "causal"));
  return found;
}

std::vector<Candidate> as_transposed(const Sought& s) {
  if (!s.can_be_transposed() || s.form.groups > 1) return {};
  Sizes behind_valid, behind_same;
  for (std::size_t i = 0; i < s.ends.size(); ++i) {
    const std::int64_t reach = s.form.axes[i].reach();
    behind_valid.push_back(-s.crop_end(i));
    behind_same.push_back(reach - reach % 2 - s.crop_begin(i) - s.crop_end(i));
  }
  return {transposed(s, "same", nullptr), transposed(s, "valid", nullptr),
          transposed(s, "valid", &behind_valid), transposed(s, "same", &behind_same)};
}

std::vector<Candidate> candidates(const Sought& s) {
  std::vector<Candidate> found = s.transposed ? as_transposed(s) : as_forward(s);
  const std::vector<Candidate> others = s.transposed ? as_forward(s) : as_transposed(s);
  found.insert(found.end(), others.begin(), others.end());
  return found;
}

std::string obstacle(const Sought& s) {
  const Sizes spread = per_axis(s.form, &NormalAxis::spread);
  const Sizes dilation = per_axis(s.form, &NormalAxis::dilation);
  if (!above_one(spread) || !above_one(dilation)) return {};
  return fmt::format(
      "Keras refuses strides = {} together with dilation_rate = {}: one of them "
      "must be 1 on every axis",
      sizes_text(spread), sizes_text(dilation));
}

}  // namespace

const PortTarget kPortKeras = {.framework = &kKeras,
                               .order = ChannelOrder::Last,
                               .wraps_without_end = true,
                               .candidates = &candidates,
                               .obstacle = &obstacle};

}  // namespace tconv::frameworks
