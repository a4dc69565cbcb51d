// Calls of lax, and flax's layers over them, for a convolution: anything but a pad mode is a pair
// of pads of the spread-out input.
#include <fmt/format.h>

#include <algorithm>

#include "frameworks/flax.hpp"
#include "frameworks/jax.hpp"
#include "frameworks/port_target.hpp"

namespace tconv::frameworks {
namespace {

void add(Layer& layer, std::string name, Value value) {
  layer.arguments.push_back({.name = std::move(name), .value = std::move(value)});
}

// ("NHWC", "HWIO", "NHWC"), or of other letters where there are more axes.
Value dimension_numbers(std::size_t rank) {
  constexpr std::string_view kOthers = "abcdefghijklmnopqrstuvwxyzABDEFGHJKLMPQRSTUVWXYZ0123456789";
  constexpr std::string_view kUsual[] = {"", "W", "HW", "DHW"};
  const std::string axes(rank <= 3 ? kUsual[rank] : kOthers.substr(0, rank));
  Value value{.kind = Value::Kind::List};
  for (const std::string& letters : {"N" + axes + "C", axes + "IO", "N" + axes + "C"}) {
    value.items.push_back(string_value(letters));
  }
  return value;
}

Value pads_of(const Sought& s) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < s.ends.size(); ++i) {
    pairs.emplace_back(s.form.axes[i].begin, s.ends[i]);
  }
  return pairs_value(pairs);
}

// The pads, then the words that mean them, which may hold for more input lengths.
std::vector<Value> paddings(const Sought& s, std::initializer_list<const char*> words) {
  std::vector<Value> found = {pads_of(s)};
  for (const char* word : words) found.push_back(string_value(word));
  return found;
}

Shape kernel_shape(const NormalForm& f) {
  return weight_shape({}, kernels_of(f), {f.in_channels / f.groups, f.out_channels});
}

// lax.conv_general_dilated, which computes whatever has no pad mode.
std::vector<Candidate> general(const Sought& s) {
  if (s.form.pad_mode != PadMode::Zeros) return {};
  std::vector<Candidate> found;
  for (const Value& padding : paddings(s, {"SAME", "SAME_LOWER"})) {
    Layer layer{.framework = "jax", .module = "lax", .name = "conv_general_dilated"};
    add(layer, "window_strides", list_value(per_axis(s.form, &NormalAxis::stride)));
    add(layer, "padding", padding);
    for (const auto& [name, member] : {std::pair{"lhs_dilation", &NormalAxis::spread},
                                       {"rhs_dilation", &NormalAxis::dilation}}) {
      const Sizes sizes = per_axis(s.form, member);
      if (!all_equal(sizes, 1)) add(layer, name, list_value(sizes));
    }
    add(layer, "dimension_numbers", dimension_numbers(s.form.rank()));
    if (s.form.groups > 1) add(layer, "feature_group_count", int_value(s.form.groups));
    found.push_back({.layer = std::move(layer), .weights = kernel_shape(s.form)});
  }
  return found;
}

std::vector<Candidate> lax_candidates(const Sought& s) {
  std::vector<Candidate> found;
  if (s.transposed && s.can_be_transposed() && s.form.groups == 1) {
    for (const Value& padding : paddings(s, {"SAME", "VALID"})) {
      Layer layer{.framework = "jax", .module = "lax", .name = "conv_transpose"};
      add(layer, "strides", list_value(per_axis(s.form, &NormalAxis::spread)));
      add(layer, "padding", padding);
      const Sizes dilation = per_axis(s.form, &NormalAxis::dilation);
      if (!all_equal(dilation, 1)) add(layer, "rhs_dilation", list_value(dilation));
      add(layer, "dimension_numbers", dimension_numbers(s.form.rank()));
      found.push_back({.layer = std::move(layer), .weights = kernel_shape(s.form)});
    }
  }
  const std::vector<Candidate> others = general(s);
  found.insert(found.end(), others.begin(), others.end());
  return found;
}

Candidate flax_layer(const Sought& s, bool transposed, const Value& padding) {
  const NormalForm& f = s.form;
  Layer layer{.framework = "flax", .module = "nn", .name = transposed ? "ConvTranspose" : "Conv"};
  layer.arguments = {{.value = int_value(f.out_channels)}, {.value = list_value(kernels_of(f))}};
  const auto add_sizes = [&](std::string name, std::int64_t NormalAxis::*member) {
    const Sizes sizes = per_axis(f, member);
    if (!all_equal(sizes, 1)) add(layer, std::move(name), list_value(sizes));
  };
  add_sizes("strides", transposed ? &NormalAxis::spread : &NormalAxis::stride);
  add(layer, "padding", padding);
  if (!transposed) add_sizes("input_dilation", &NormalAxis::spread);
  add_sizes("kernel_dilation", &NormalAxis::dilation);
  if (f.groups > 1) add(layer, "feature_group_count", int_value(f.groups));
  if (!s.bias) add(layer, "use_bias", {.kind = Value::Kind::Bool});
  return {.layer = std::move(layer), .weights = kernel_shape(f)};
}

std::vector<Candidate> flax_candidates(const Sought& s) {
  std::vector<Candidate> found;
  if (s.form.pad_mode == PadMode::Circular) return {flax_layer(s, false, string_value("CIRCULAR"))};
  if (s.form.pad_mode == PadMode::Reflect) return {flax_layer(s, false, string_value("REFLECT"))};
  if (s.form.pad_mode != PadMode::Zeros) return {};
  if (s.transposed && s.can_be_transposed() && s.form.groups == 1) {
    for (const Value& padding : paddings(s, {"SAME", "VALID"})) {
      found.push_back(flax_layer(s, true, padding));
    }
  }
  for (const Value& padding : paddings(s, {"SAME", "SAME_LOWER"})) {
    found.push_back(flax_layer(s, false, padding));
  }
  return found;
}

std::string obstacle(const Sought&) { return {}; }

}  // namespace

const PortTarget kPortJax = {.framework = &kJax,
                             .order = ChannelOrder::Last,
                             .least_rank = 0,
                             .most_rank = 50,  // letters there are
                             .takes_bias = false,
                             .pads_without_end = true,
                             .candidates = &lax_candidates,
                             .obstacle = &obstacle};

const PortTarget kPortFlax = {.framework = &kFlax,
                              .order = ChannelOrder::Last,
                              .least_rank = 0,
                              .most_rank = kMaxAxes - 2,
                              .pads_without_end = true,
                              .candidates = &flax_candidates,
                              .obstacle = &obstacle};

}  // namespace tconv::frameworks
