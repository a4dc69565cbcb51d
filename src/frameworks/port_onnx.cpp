// Nodes of ONNX for a convolution: pads at each end of each axis, so that all but negative ones,
// and other things than zeros, are said directly.
#include <algorithm>

#include "frameworks/onnx.hpp"
#include "frameworks/port_target.hpp"

namespace tconv::frameworks {
namespace {

void add(Layer& layer, std::string name, Value value) {
  layer.arguments.push_back({.name = std::move(name), .value = std::move(value)});
}

void add_unless(Layer& layer, std::string name, const Sizes& sizes, std::int64_t otherwise) {
  if (!all_equal(sizes, otherwise)) add(layer, std::move(name), list_value(sizes, false));
}

Layer node(const Sought& s, bool transposed) {
  Layer layer{.framework = "onnx", .module = "onnx", .name = transposed ? "ConvTranspose" : "Conv"};
  add_unless(layer, "strides",
             per_axis(s.form, transposed ? &NormalAxis::spread : &NormalAxis::stride), 1);
  add_unless(layer, "dilations", per_axis(s.form, &NormalAxis::dilation), 1);
  if (s.form.groups > 1) add(layer, "group", int_value(s.form.groups));
  return layer;
}

Sizes joined(Sizes begins, const Sizes& ends) {
  begins.insert(begins.end(), ends.begin(), ends.end());
  return begins;
}

std::vector<Candidate> as_forward(const Sought& s) {
  if (!s.can_be_forward() || s.form.pad_mode != PadMode::Zeros) return {};
  const NormalForm& f = s.form;
  const Shape weights = weight_shape({f.out_channels, f.in_channels / f.groups}, kernels_of(f), {});
  Sizes ends = s.ends;
  for (std::int64_t& end : ends) end = std::max<std::int64_t>(0, end);
  Layer pads = node(s, false);
  add_unless(pads, "pads", joined(per_axis(f, &NormalAxis::begin), ends), 0);
  std::vector<Candidate> found = {{.layer = std::move(pads), .weights = weights}};
  for (const char* word : {"SAME_UPPER", "SAME_LOWER"}) {
    Layer layer = node(s, false);
    add(layer, "auto_pad", string_value(word));
    found.push_back({.layer = std::move(layer), .weights = weights});
  }
  return found;
}

std::vector<Candidate> as_transposed(const Sought& s) {
  if (!s.can_be_transposed()) return {};
  Sizes begins, ends, extra;
  for (std::size_t i = 0; i < s.ends.size(); ++i) {
    begins.push_back(s.crop_begin(i));
    ends.push_back(std::max<std::int64_t>(0, s.crop_end(i)));
    extra.push_back(ends.back() - s.crop_end(i));
  }
  Layer layer = node(s, true);
  add_unless(layer, "pads", joined(begins, ends), 0);
  add_unless(layer, "output_padding", extra, 0);
  return {{.layer = std::move(layer),
           .weights = weight_shape({s.form.in_channels, s.form.out_channels / s.form.groups},
                                   kernels_of(s.form), {})}};
}

std::vector<Candidate> candidates(const Sought& s) {
  std::vector<Candidate> found = s.transposed ? as_transposed(s) : as_forward(s);
  const std::vector<Candidate> others = s.transposed ? as_forward(s) : as_transposed(s);
  found.insert(found.end(), others.begin(), others.end());
  return found;
}

std::string obstacle(const Sought&) { return {}; }

}  // namespace

const PortTarget kPortOnnx = {.framework = &kOnnx,
                              .most_rank = kMaxAxes - 2,
                              .most_indices = 4096,
                              .candidates = &candidates,
                              .obstacle = &obstacle};

}  // namespace tconv::frameworks
