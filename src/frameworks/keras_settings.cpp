// Constructor rules of Keras 3.
// Sources: keras keras/src/layers/convolutional/base_conv.py, base_conv_transpose.py,
// base_depthwise_conv.py, base_separable_conv.py (__init__); keras/src/utils/argument_validation.py
// (standardize_tuple, standardize_padding); keras/src/activations/__init__.py.
#include "frameworks/keras_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "support/suggest.hpp"

namespace tconv::frameworks::keras {
namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Padding read_padding(Arguments& args, const Family& family) {
  const Value* value = args.find("padding");
  const bool is_text =
      value == nullptr || value->kind == Value::Kind::String || value->kind == Value::Kind::Word;
  if (!is_text) {
    args.require(false, "padding",
                 fmt::format("padding = {} must be 'valid' or 'same'", value_text(*value)),
                 "Keras layers take no numbers here; pad the input instead");
    return Padding::Valid;
  }
  const std::string word = lower_case(args.text("padding", "valid"));
  const bool causal = family.rank == 1 && family.kind == Kind::Forward;
  if (word == "valid") return Padding::Valid;
  if (word == "same") return Padding::Same;
  if (word == "causal" && causal) return Padding::Causal;
  args.require(
      false, "padding",
      fmt::format("padding = '{}' must be 'valid' or 'same'{}", word, causal ? " or 'causal'" : ""),
      word == "causal" ? "only Conv1D is causal" : "");
  return Padding::Valid;
}

ChannelOrder read_data_format(Arguments& args) {
  const std::string word = lower_case(args.text("data_format", "channels_last"));
  args.require(word == "channels_last" || word == "channels_first", "data_format",
               fmt::format("data_format = '{}' must be 'channels_last' or 'channels_first'", word));
  return word == "channels_first" ? ChannelOrder::First : ChannelOrder::Last;
}

constexpr std::pair<std::string_view, Activation> kActivationAliases[] = {
    {"swish", Activation::Silu}, {"hard_swish", Activation::HardSilu}};

constexpr std::pair<std::string_view, LastAxisActivation> kLastAxis[] = {
    {"softmax", LastAxisActivation::Softmax},
    {"log_softmax", LastAxisActivation::LogSoftmax},
    {"sparsemax", LastAxisActivation::Sparsemax},
    {"glu", LastAxisActivation::Glu}};

// By name, as keras.activations.get: a string, or the function itself (`keras.activations.relu`).
void read_activation(Arguments& args, Settings& settings) {
  if (!args.has("activation")) return;
  const Value& value = *args.find("activation");
  std::string word = args.text("activation", "linear");
  if (value.kind == Value::Kind::Word) {
    args.require(word.find('(') == std::string::npos, "activation",
                 fmt::format("activation = {}: tconv knows activations by name only", word));
    word = word.substr(word.rfind('.') + 1);  // npos + 1 is 0
  }
  std::vector<std::string_view> known;
  for (int a = 0; a <= static_cast<int>(Activation::Exponential); ++a) {
    known.push_back(name(static_cast<Activation>(a)));
    if (known.back() == word) settings.activation = static_cast<Activation>(a);
  }
  for (const auto& [alias, activation] : kActivationAliases) {
    known.push_back(alias);
    if (alias == word) settings.activation = activation;
  }
  for (const auto& [row, activation] : kLastAxis) {
    known.push_back(row);
    if (row == word) settings.last_axis = activation;
  }
  args.require(std::find(known.begin(), known.end(), word) != known.end(), "activation",
               fmt::format("activation '{}' is not one of Keras's{}", word,
                           support::did_you_mean(word, known)));
}

void require_positive(Arguments& args, std::string_view name, const Sizes& sizes) {
  for (std::int64_t size : sizes) {
    args.require(size >= 1, name, fmt::format("{} = {} must be at least 1", name, size));
  }
}

void require_stride_or_dilation(Arguments& args, const Settings& s) {
  const auto largest = [](const Sizes& sizes) {
    return *std::max_element(sizes.begin(), sizes.end());
  };
  args.require(largest(s.strides) <= 1 || largest(s.dilation_rate) <= 1, "dilation_rate",
               fmt::format("strides = {} and dilation_rate = {} cannot both exceed 1",
                           sizes_text(s.strides), sizes_text(s.dilation_rate)),
               "Keras refuses the pair on any axes; PyTorch's layers take it");
}

void read_output_padding(Arguments& args, const Family& family, Settings& s) {
  if (family.kind != Kind::Transposed || !args.has("output_padding")) return;
  s.output_padding = args.sizes("output_padding", family.rank, 0);
  for (std::size_t i = 0; i < s.output_padding->size(); ++i) {
    const std::int64_t op = (*s.output_padding)[i];
    args.require(op >= 0, "output_padding",
                 fmt::format("output_padding = {} must be at least 0", op));
    args.require(
        op < s.strides[i], "output_padding",
        fmt::format("output_padding {} must be smaller than strides {}", op, s.strides[i]));
  }
}

}  // namespace

Settings read_settings(Arguments& args, const Family& family) {
  Settings s;
  if (args.has("filters")) s.filters = args.integer("filters", 1);
  if (args.has("kernel_size")) s.kernel_size = args.sizes("kernel_size", family.rank, 1);
  s.strides = args.sizes("strides", family.rank, 1);
  s.dilation_rate = args.sizes("dilation_rate", family.rank, 1);
  s.padding = read_padding(args, family);
  s.order = read_data_format(args);
  s.groups = args.integer("groups", 1);
  // A layer that says nothing means 1; a bare name leaves it to the weights.
  if (args.written()) s.depth_multiplier = args.integer("depth_multiplier", 1);
  s.use_bias = args.boolean("use_bias", true);
  read_activation(args, s);

  args.require(!s.filters || *s.filters >= 1, "filters",
               fmt::format("filters = {} must be at least 1", s.filters.value_or(1)));
  args.require(s.groups >= 1, "groups", fmt::format("groups = {} must be at least 1", s.groups));
  args.require(family.kind == Kind::Forward || s.groups == 1, "groups",
               fmt::format("groups = {}: this layer has none", s.groups));
  args.require(
      !s.depth_multiplier || *s.depth_multiplier >= 1, "depth_multiplier",
      fmt::format("depth_multiplier = {} must be at least 1", s.depth_multiplier.value_or(1)));
  if (s.filters && s.groups >= 1) {
    args.require(*s.filters % s.groups == 0, "groups",
                 fmt::format("groups = {} does not divide filters = {}", s.groups, *s.filters));
  }
  if (s.kernel_size) require_positive(args, "kernel_size", *s.kernel_size);
  require_positive(args, "strides", s.strides);
  require_positive(args, "dilation_rate", s.dilation_rate);
  read_output_padding(args, family, s);
  if (family.kind == Kind::Forward || family.kind == Kind::Transposed) {
    require_stride_or_dilation(args, s);
  }
  return s;
}

}  // namespace tconv::frameworks::keras
