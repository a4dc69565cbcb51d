// Signatures and constructor rules of PyTorch.
// Sources: pytorch torch/nn/modules/conv.py (_ConvNd.__init__, _ConvTransposeNd.__init__),
// torch/nn/modules/utils.py (_ntuple), torch/nn/functional.py.
#include "frameworks/pytorch_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tconv::frameworks::pytorch {
namespace {

constexpr Family kFamilies[] = {
    {"Conv1d", 1, false, false},         {"Conv2d", 2, false, false},
    {"Conv3d", 3, false, false},         {"ConvTranspose1d", 1, true, false},
    {"ConvTranspose2d", 2, true, false}, {"ConvTranspose3d", 3, true, false},
    {"conv1d", 1, false, true},          {"conv2d", 2, false, true},
    {"conv3d", 3, false, true},          {"conv_transpose1d", 1, true, true},
    {"conv_transpose2d", 2, true, true}, {"conv_transpose3d", 3, true, true},
};

constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
    {"kernel_size", "kernel_size"}, {"stride", "stride"},
    {"padding", "padding"},         {"output_padding", "output_padding"},
    {"output_size", "output_size"}, {"dilation", "dilation"},
    {"groups", "groups"},           {"padding_mode", "padding_mode"},
};

// Positional order.
constexpr std::string_view kForwardModule =
    "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode "
    "device dtype";
constexpr std::string_view kTransposedModule =
    "in_channels out_channels kernel_size stride padding output_padding groups bias dilation "
    "padding_mode device dtype";
constexpr std::string_view kForwardCall = "input weight bias stride padding dilation groups";
constexpr std::string_view kTransposedCall =
    "input weight bias stride padding output_padding groups dilation";
// Accepted beside them: arguments of the forward call, and what the weights say otherwise.
constexpr std::string_view kOutputSize = "output_size";
constexpr std::string_view kForwardExtras = "kernel_size";
constexpr std::string_view kTransposedExtras = "kernel_size output_size";

}  // namespace

std::span<const Family> families() { return kFamilies; }

const Family* family_of(std::string_view name) {
  const auto* it = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                [&](const Family& f) { return f.name == name; });
  return it == std::end(kFamilies) ? nullptr : it;
}

Signature signature_of(const Family& f) {
  if (f.functional && f.transposed) {
    return {.positional = kTransposedCall, .keyword_only = kTransposedExtras, .flags = kFlags};
  }
  if (f.functional) {
    return {.positional = kForwardCall, .keyword_only = kForwardExtras, .flags = kFlags};
  }
  if (f.transposed) {
    return {.positional = kTransposedModule, .keyword_only = kOutputSize, .flags = kFlags};
  }
  return {.positional = kForwardModule, .flags = kFlags};
}

namespace {

PadMode read_padding_mode(Arguments& args, const Family& f) {
  const std::string word = args.text("padding_mode", "zeros");
  args.require(
      !f.transposed || word == "zeros", "padding_mode",
      fmt::format("padding_mode = '{}': a transposed convolution takes only 'zeros'", word));
  for (PadMode mode : {PadMode::Zeros, PadMode::Reflect, PadMode::Replicate, PadMode::Circular}) {
    if (name(mode) == word) return mode;
  }
  args.require(false, "padding_mode",
               fmt::format("padding_mode = '{}' must be 'zeros', 'reflect', 'replicate' or "
                           "'circular'",
                           word));
  return PadMode::Zeros;
}

void read_padding(Arguments& args, const Family& f, Settings& s) {
  const Value* value = args.find("padding");
  const bool is_word =
      value != nullptr && (value->kind == Value::Kind::String || value->kind == Value::Kind::Word);
  s.padding = Sizes(static_cast<std::size_t>(f.rank), 0);
  if (!is_word) {
    const bool lengths_matter = s.mode != PadMode::Zeros;  // pads are then spread before broadcast
    s.padding = args.sizes("padding", f.rank, 0,
                           lengths_matter ? ListLength::Exact : ListLength::OneOrExact);
    return;
  }
  s.padding_word = args.text("padding", "");
  args.require(
      !f.transposed, "padding",
      fmt::format("padding = '{}': a transposed convolution takes only ints", s.padding_word),
      "padding here crops the result; PyTorch has no 'same' for transposed layers");
  args.require(s.padding_word == "same" || s.padding_word == "valid", "padding",
               fmt::format("padding = '{}' must be 'same', 'valid' or ints", s.padding_word));
  const bool strided = std::any_of(s.stride.begin(), s.stride.end(), [](auto n) { return n != 1; });
  args.require(s.padding_word != "same" || !strided, "padding",
               fmt::format("padding = 'same' needs stride 1, got {}", sizes_text(s.stride)),
               "give explicit padding instead");
}

void require_each(Arguments& args, std::string_view name, const Sizes& sizes, std::int64_t least) {
  for (std::int64_t size : sizes) {
    args.require(size >= least, name,
                 fmt::format("{} = {} must be at least {}", name, size, least));
  }
}

void require_divides(Arguments& args, std::int64_t groups, std::string_view name,
                     std::optional<std::int64_t> channels) {
  if (!channels || groups < 1) return;
  args.require(*channels >= 1, name, fmt::format("{} = {} must be at least 1", name, *channels));
  args.require(*channels % groups == 0, "groups",
               fmt::format("groups = {} does not divide {} = {}", groups, name, *channels));
}

}  // namespace

Settings read_settings(Arguments& args, const Family& f) {
  Settings s;
  if (args.has("in_channels")) s.in_channels = args.integer("in_channels", 1);
  if (args.has("out_channels")) s.out_channels = args.integer("out_channels", 1);
  if (args.has("kernel_size")) s.kernel_size = args.sizes("kernel_size", f.rank, 1);
  s.stride = args.sizes("stride", f.rank, 1, ListLength::OneOrExact);
  s.dilation = args.sizes("dilation", f.rank, 1, ListLength::OneOrExact);
  s.output_padding = args.sizes("output_padding", f.rank, 0, ListLength::OneOrExact);
  s.groups = args.integer("groups", 1);
  s.mode = read_padding_mode(args, f);
  read_padding(args, f, s);
  if (f.functional) {
    const Value* bias = args.find("bias");
    s.bias = bias != nullptr && bias->kind != Value::Kind::None;
  } else {
    s.bias = args.boolean("bias", true);
  }
  if (args.has("output_size")) s.output_size = args.integers("output_size");

  args.require(s.groups >= 1, "groups", fmt::format("groups = {} must be at least 1", s.groups));
  require_divides(args, s.groups, "in_channels", s.in_channels);
  require_divides(args, s.groups, "out_channels", s.out_channels);
  if (s.kernel_size) require_each(args, "kernel_size", *s.kernel_size, 1);
  require_each(args, "stride", s.stride, 1);
  require_each(args, "dilation", s.dilation, 1);
  // Other modes pad in a step of its own, which takes a negative padding and cuts.
  if (s.mode == PadMode::Zeros) require_each(args, "padding", s.padding, 0);
  require_each(args, "output_padding", s.output_padding, 0);
  return s;
}

Ends forward_pads(const AxisPadding& padding, const Axis& axis) {
  if (!padding.same) return {.begin = padding.padding, .end = padding.padding};
  const std::int64_t total = axis.dilation * (axis.kernel - 1);
  return {.begin = total / 2, .end = total - total / 2};  // an even kernel's odd one: at the end
}

Ends transposed_crops(std::int64_t padding, std::int64_t output_padding) {
  return {.begin = padding, .end = padding - output_padding};
}

}  // namespace tconv::frameworks::pytorch
