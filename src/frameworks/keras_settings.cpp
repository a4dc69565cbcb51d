// Signatures and constructor rules of Keras 3.
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

constexpr Family kFamilies[] = {
    {"Conv1D", 1, Kind::Forward},
    {"Conv2D", 2, Kind::Forward},
    {"Conv3D", 3, Kind::Forward},
    {"Conv1DTranspose", 1, Kind::Transposed},
    {"Conv2DTranspose", 2, Kind::Transposed},
    {"Conv3DTranspose", 3, Kind::Transposed},
    {"DepthwiseConv1D", 1, Kind::Depthwise},
    {"DepthwiseConv2D", 2, Kind::Depthwise},
    {"SeparableConv1D", 1, Kind::Separable},
    {"SeparableConv2D", 2, Kind::Separable},
    // Keras's own aliases.
    {"Convolution1D", 1, Kind::Forward},
    {"Convolution2D", 2, Kind::Forward},
    {"Convolution3D", 3, Kind::Forward},
    {"Convolution1DTranspose", 1, Kind::Transposed},
    {"Convolution2DTranspose", 2, Kind::Transposed},
    {"Convolution3DTranspose", 3, Kind::Transposed},
    {"SeparableConvolution1D", 1, Kind::Separable},
    {"SeparableConvolution2D", 2, Kind::Separable},
};

// Neutral names, with --framework keras.
constexpr Family kNeutral[] = {
    {"conv1d", 1, Kind::Forward},
    {"conv2d", 2, Kind::Forward},
    {"conv3d", 3, Kind::Forward},
    {"conv_transpose1d", 1, Kind::Transposed},
    {"conv_transpose2d", 2, Kind::Transposed},
    {"conv_transpose3d", 3, Kind::Transposed},
};

constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
    {"kernel_size", "kernel_size"},       {"stride", "strides"},         {"padding", "padding"},
    {"output_padding", "output_padding"}, {"dilation", "dilation_rate"}, {"groups", "groups"},
    {"data_format", "data_format"},
};

// Positional order; what comes after use_bias does not change what a trained layer computes.
constexpr std::string_view kForward[] = {"filters",
                                         "kernel_size",
                                         "strides",
                                         "padding",
                                         "data_format",
                                         "dilation_rate",
                                         "groups",
                                         "activation",
                                         "use_bias",
                                         "kernel_initializer",
                                         "bias_initializer",
                                         "kernel_regularizer",
                                         "bias_regularizer",
                                         "activity_regularizer",
                                         "kernel_constraint",
                                         "bias_constraint",
                                         "lora_rank",
                                         "lora_alpha"};
constexpr std::string_view kTransposed[] = {
    "filters",          "kernel_size",          "strides",           "padding",
    "output_padding",   "data_format",          "dilation_rate",     "activation",
    "use_bias",         "kernel_initializer",   "bias_initializer",  "kernel_regularizer",
    "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint"};
// Conv3DTranspose alone has these two the other way round (conv3d_transpose.py, Keras 3.15).
constexpr std::string_view kTransposed3D[] = {
    "filters",          "kernel_size",          "strides",           "padding",
    "data_format",      "output_padding",       "dilation_rate",     "activation",
    "use_bias",         "kernel_initializer",   "bias_initializer",  "kernel_regularizer",
    "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint"};
constexpr std::string_view kDepthwise[] = {"kernel_size",
                                           "strides",
                                           "padding",
                                           "depth_multiplier",
                                           "data_format",
                                           "dilation_rate",
                                           "activation",
                                           "use_bias",
                                           "depthwise_initializer",
                                           "bias_initializer",
                                           "depthwise_regularizer",
                                           "bias_regularizer",
                                           "activity_regularizer",
                                           "depthwise_constraint",
                                           "bias_constraint"};
constexpr std::string_view kSeparable[] = {"filters",
                                           "kernel_size",
                                           "strides",
                                           "padding",
                                           "data_format",
                                           "dilation_rate",
                                           "depth_multiplier",
                                           "activation",
                                           "use_bias",
                                           "depthwise_initializer",
                                           "pointwise_initializer",
                                           "bias_initializer",
                                           "depthwise_regularizer",
                                           "pointwise_regularizer",
                                           "bias_regularizer",
                                           "activity_regularizer",
                                           "depthwise_constraint",
                                           "pointwise_constraint",
                                           "bias_constraint"};

// Every layer's keywords. The last ones stand in the configs that Keras 2 wrote, for layers that do
// not take them; Keras 3 refuses them in a call.
constexpr std::string_view kKeywords[] = {"name",
                                          "trainable",
                                          "dtype",
                                          "autocast",
                                          "input_shape",
                                          "input_dim",
                                          "batch_input_shape",
                                          "groups",
                                          "kernel_initializer",
                                          "kernel_regularizer",
                                          "kernel_constraint"};
constexpr std::size_t kKeras2Keywords = 5;

std::span<const std::string_view> positional_of(const Family& family) {
  switch (family.kind) {
    case Kind::Forward:
      return kForward;
    case Kind::Transposed:
      return family.rank == 3 ? std::span<const std::string_view>(kTransposed3D) : kTransposed;
    case Kind::Depthwise:
      return kDepthwise;
    case Kind::Separable:
      return kSeparable;
  }
  return {};
}

}  // namespace

std::span<const Family> families() { return kFamilies; }

const Family* family_of(std::string_view name) {
  for (std::span<const Family> table : {std::span<const Family>(kFamilies), {kNeutral}}) {
    for (const Family& f : table) {
      if (f.name == name) return &f;
    }
  }
  return nullptr;
}

Signature signature_of(const Family& family, const Layer& layer) {
  std::span<const std::string_view> keywords = kKeywords;
  const bool is_config = layer.source.empty();
  if (!is_config) keywords = keywords.first(keywords.size() - kKeras2Keywords);
  return {.positional = positional_of(family), .keyword_only = keywords, .flags = kFlags};
}

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
  if (args.has("depth_multiplier")) s.depth_multiplier = args.integer("depth_multiplier", 1);
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
