// Layers of torch.nn for a convolution. Its padding is the same at both ends, but for 'same', and
// output_padding takes back some of a transposed layer's crop at the end.
#include <fmt/format.h>

#include <algorithm>

#include "frameworks/port_target.hpp"
#include "frameworks/pytorch.hpp"

namespace tconv::frameworks {
namespace {

Layer module_of(const Sought& s, bool transposed) {
  const NormalForm& f = s.form;
  Layer layer{.framework = "pytorch",
              .module = "nn",
              .name = fmt::format("Conv{}{}d", transposed ? "Transpose" : "", f.rank())};
  layer.arguments = {{.value = int_value(f.in_channels)},
                     {.value = int_value(f.out_channels)},
                     {.value = short_value(kernels_of(f))}};
  const Sizes stride = per_axis(f, transposed ? &NormalAxis::spread : &NormalAxis::stride);
  if (!all_equal(stride, 1)) {
    layer.arguments.push_back({.name = "stride", .value = short_value(stride)});
  }
  return layer;
}

// What comes after the padding.
void finish(Layer& layer, const Sought& s) {
  const auto add = [&](std::string name, Value value) {
    layer.arguments.push_back({.name = std::move(name), .value = std::move(value)});
  };
  const Sizes dilation = per_axis(s.form, &NormalAxis::dilation);
  if (!all_equal(dilation, 1)) add("dilation", short_value(dilation));
  if (s.form.groups > 1) add("groups", int_value(s.form.groups));
  if (!s.bias) add("bias", {.kind = Value::Kind::Bool});
  if (s.form.pad_mode != PadMode::Zeros) {
    add("padding_mode", string_value(name(s.form.pad_mode)));
  }
  if (s.dtype != DType::Float32) add("dtype", word_value(fmt::format("torch.{}", name(s.dtype))));
}

Candidate forward(const Sought& s, const Value& padding, bool usual = false) {
  const NormalForm& f = s.form;
  Layer layer = module_of(s, false);
  const bool none = padding.kind == Value::Kind::Int && padding.integer == 0;
  if (!none) layer.arguments.push_back({.name = "padding", .value = padding});
  finish(layer, s);
  return {.layer = std::move(layer),
          .weights = weight_shape({f.out_channels, f.in_channels / f.groups}, kernels_of(f), {}),
          .usual = usual};
}

// output_padding must be smaller than the stride or the dilation, and the dilation of a single tap
// is all one.
Sought dilated_for(Sought s, const Sizes& output_padding) {
  for (std::size_t i = 0; i < output_padding.size(); ++i) {
    NormalAxis& axis = s.form.axes[i];
    if (axis.kernel == 1 && output_padding[i] >= axis.spread) axis.dilation = output_padding[i] + 1;
  }
  return s;
}

Candidate transposed(const Sought& sought, const Sizes& padding, const Sizes& output_padding,
                     bool usual = false) {
  const Sought s = dilated_for(sought, output_padding);
  const NormalForm& f = s.form;
  Layer layer = module_of(s, true);
  if (!all_equal(padding, 0)) {
    layer.arguments.push_back({.name = "padding", .value = short_value(padding)});
  }
  if (!all_equal(output_padding, 0)) {
    layer.arguments.push_back({.name = "output_padding", .value = short_value(output_padding)});
  }
  finish(layer, s);
  return {.layer = std::move(layer),
          .weights = weight_shape({f.in_channels, f.out_channels / f.groups}, kernels_of(f), {}),
          .usual = usual};
}

std::vector<Candidate> as_forward(const Sought& s) {
  if (!s.can_be_forward()) return {};
  std::vector<Candidate> found = {forward(s, short_value(per_axis(s.form, &NormalAxis::begin)))};
  if (all_equal(per_axis(s.form, &NormalAxis::stride), 1)) {
    found.push_back(forward(s, string_value("same")));
  }
  Sizes halves;
  for (std::size_t i = 0; i < s.ends.size(); ++i) {
    halves.push_back((std::max<std::int64_t>(0, s.form.axes[i].begin + s.ends[i]) + 1) / 2);
  }
  found.push_back(forward(s, short_value(halves), true));
  return found;
}

std::vector<Candidate> as_transposed(const Sought& s) {
  if (!s.can_be_transposed()) return {};
  Sizes padding, output_padding, halves, rests;
  for (std::size_t i = 0; i < s.ends.size(); ++i) {
    padding.push_back(s.crop_begin(i));
    output_padding.push_back(s.crop_begin(i) - s.crop_end(i));
    const std::int64_t total = s.crop_begin(i) + s.crop_end(i);
    halves.push_back(std::max<std::int64_t>(0, total + 1) / 2);
    rests.push_back(2 * halves.back() - total);
  }
  return {transposed(s, padding, output_padding), transposed(s, halves, rests, true)};
}

std::vector<Candidate> candidates(const Sought& s) {
  std::vector<Candidate> found = s.transposed ? as_transposed(s) : as_forward(s);
  const std::vector<Candidate> others = s.transposed ? as_forward(s) : as_transposed(s);
  found.insert(found.end(), others.begin(), others.end());
  return found;
}

std::string obstacle(const Sought&) { return {}; }

}  // namespace

const PortTarget kPortPyTorch = {
    .framework = &kPyTorch, .candidates = &candidates, .obstacle = &obstacle};

}  // namespace tconv::frameworks
