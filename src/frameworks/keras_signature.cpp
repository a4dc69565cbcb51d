// Which layers Keras has, and their arguments in its own order.
// Sources: keras keras/src/layers/convolutional/conv1d.py and its neighbours (__init__ of each).
#include "frameworks/keras_settings.hpp"
#include "frameworks/lowering.hpp"

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

constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
    {"kernel_size", "kernel_size"},       {"stride", "strides"},         {"padding", "padding"},
    {"output_padding", "output_padding"}, {"dilation", "dilation_rate"}, {"groups", "groups"},
    {"data_format", "data_format"},
};

// Positional order; what comes after use_bias does not change what a trained layer computes.
constexpr std::string_view kForward =
    "filters kernel_size strides padding data_format dilation_rate groups activation use_bias "
    "kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
    "activity_regularizer kernel_constraint bias_constraint lora_rank lora_alpha";
constexpr std::string_view kTransposed =
    "filters kernel_size strides padding output_padding data_format dilation_rate activation "
    "use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
    "activity_regularizer kernel_constraint bias_constraint";
// Conv3DTranspose alone has data_format before output_padding (Keras 3.15).
constexpr std::string_view kTransposed3D =
    "filters kernel_size strides padding data_format output_padding dilation_rate activation "
    "use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
    "activity_regularizer kernel_constraint bias_constraint";
constexpr std::string_view kDepthwise =
    "kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias "
    "depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer "
    "activity_regularizer depthwise_constraint bias_constraint";
constexpr std::string_view kSeparable =
    "filters kernel_size strides padding data_format dilation_rate depth_multiplier activation "
    "use_bias depthwise_initializer pointwise_initializer bias_initializer "
    "depthwise_regularizer pointwise_regularizer bias_regularizer activity_regularizer "
    "depthwise_constraint pointwise_constraint bias_constraint";

constexpr std::string_view kKeywords = "name trainable dtype autocast input_shape input_dim";
// Also in the configs that Keras 2 wrote, for layers that do not take them; Keras 3 refuses them in
// a call.
constexpr std::string_view kConfigKeywords =
    "name trainable dtype autocast input_shape input_dim "
    "batch_input_shape groups kernel_initializer kernel_regularizer kernel_constraint";

std::string_view positional_of(const Family& family) {
  switch (family.kind) {
    case Kind::Forward: return kForward;
    case Kind::Transposed: return family.rank == 3 ? kTransposed3D : kTransposed;
    case Kind::Depthwise: return kDepthwise;
    case Kind::Separable: return kSeparable;
  }
  return {};
}

}  // namespace

std::span<const Family> families() { return kFamilies; }

const Family* family_of(std::string_view name) {
  const auto neutral = neutral_name(name);
  for (const Family& f : kFamilies) {
    const bool means_it = neutral && f.rank == neutral->rank &&
                          f.kind == (neutral->transposed ? Kind::Transposed : Kind::Forward);
    if (f.name == name || means_it) return &f;
  }
  return nullptr;
}

Signature signature_of(const Family& family, const Layer& layer) {
  const bool is_config = layer.source.empty();
  return {.positional = positional_of(family),
          .keyword_only = is_config ? kConfigKeywords : kKeywords,
          .flags = kFlags};
}

}  // namespace tconv::frameworks::keras
