// A Keras layer's arguments, read and held against the rules that need no tensor.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "frameworks/arguments.hpp"
#include "frameworks/assemble.hpp"
#include "tconv/problem.hpp"

namespace tconv::frameworks::keras {

enum class Kind { Forward, Transposed, Depthwise, Separable };

struct Family {
  std::string_view name{};
  int rank = 2;
  Kind kind = Kind::Forward;
};

std::span<const Family> families();
// By class name, alias or neutral name (conv2d, conv_transpose2d); null where there is none.
const Family* family_of(std::string_view name);

enum class Padding { Valid, Same, Causal };

struct Settings {
  std::optional<std::int64_t> filters{};  // absent where the SPEC leaves them to the weights
  std::optional<Sizes> kernel_size{};
  Sizes strides{}, dilation_rate{};
  std::optional<Sizes> output_padding{};
  Padding padding = Padding::Valid;
  ChannelOrder order = ChannelOrder::Last;
  std::int64_t groups = 1;
  std::optional<std::int64_t> depth_multiplier{};
  Activation activation = Activation::Linear;
  LastAxisActivation last_axis = LastAxisActivation::None;
  bool use_bias = true;
};

Signature signature_of(const Family& family, const Layer& layer);

// Look at args.error() afterwards.
Settings read_settings(Arguments& args, const Family& family);

// An input extent matters to 'same' only.
Ends forward_pads(Padding padding, const Axis& axis);
Ends transposed_crops(Padding padding, const Axis& axis,
                      std::optional<std::int64_t> output_padding);

}  // namespace tconv::frameworks::keras
