// A PyTorch layer's arguments, read and held against the rules that need no tensor.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "frameworks/arguments.hpp"
#include "frameworks/assemble.hpp"
#include "tconv/problem.hpp"

namespace tconv::frameworks::pytorch {

struct Family {
  std::string_view name{};
  int rank = 2;
  bool transposed = false;
  bool functional = false;
};

std::span<const Family> families();
const Family* family_of(std::string_view name);  // null where there is none

struct Settings {
  std::optional<std::int64_t> in_channels{}, out_channels{};
  std::optional<Sizes> kernel_size{};
  Sizes stride{}, padding{}, output_padding{}, dilation{};
  std::string padding_word{};  // "same", "valid" or empty
  std::int64_t groups = 1;
  PadMode mode = PadMode::Zeros;
  bool bias = true;
  std::optional<Sizes> output_size{};  // as given: with or without batch and channels
};

Signature signature_of(const Family& family);

// Look at args.error() afterwards.
Settings read_settings(Arguments& args, const Family& family);

// What a padding means in elements along an axis of that kernel and dilation.
struct AxisPadding {
  bool same = false;  // the word; otherwise the number
  std::int64_t padding = 0;
};
Ends forward_pads(const AxisPadding& padding, const Axis& axis);
Ends transposed_crops(std::int64_t padding, std::int64_t output_padding);

}  // namespace tconv::frameworks::pytorch
