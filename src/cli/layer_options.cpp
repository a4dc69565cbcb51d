#include "cli/layer_options.hpp"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>

#include "cli/usage_error.hpp"
#include "spec/spec.hpp"
#include "support/checked.hpp"

namespace tconv::cli {
namespace {

struct LayerFlag {
  const char* option;
  const char* neutral;
  const char* type;
  const char* help;
};

constexpr LayerFlag kLayerFlags[] = {
    {"--kernel-size", "kernel_size", "N[,N...]", "extents of the kernel; told from the weights"},
    {"--stride", "stride", "N[,N...]", "stride"},
    {"--padding", "padding", "PAD", "N, N,N, same, valid or causal, as the framework means it"},
    {"--output-padding", "output_padding", "N[,N...]", "extra size of a transposed result"},
    {"--output-size", "output_size", "N[,N...]", "size of a transposed result (PyTorch)"},
    {"--dilation", "dilation", "N[,N...]", "spacing of the kernel's taps"},
    {"--groups", "groups", "N", "groups of channels"},
    {"--padding-mode", "padding_mode", "MODE", "zeros, reflect, replicate or circular (PyTorch)"},
    {"--data-format", "data_format", "FORMAT", "channels_last or channels_first (Keras)"},
};

}  // namespace

void add_layer_options(CLI::App& command, LayerOptions& options) {
  command
      .add_option("SPEC", options.spec,
                  "the layer: a call, a name, JSON, a file, model.onnx:NODE (help spec)")
      ->group("");
  const std::string layer = "The layer (these win over the SPEC)";
  command
      .add_option("--framework", options.framework,
                  "pytorch, keras, onnx, jax, flax or scipy, where SPEC leaves it open")
      ->type_name("NAME")
      ->group(layer);
  for (const LayerFlag& flag : kLayerFlags) {
    const std::string neutral = flag.neutral;
    command
        .add_option_function<std::string>(
            flag.option,
            [&options, neutral](const std::string& text) {
              options.flags.emplace_back(neutral, text);
            },
            flag.help)
        ->type_name(flag.type)
        ->group(layer);
  }
  const std::string tensors = "Tensors";
  command.add_option("-w,--weights", options.weights, "weights; twice for a separable layer")
      ->type_name("TENSOR")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)  // one value a time; else CLI11 splits '[1, 2]' into two
      ->group(tensors);
  command.add_option("-b,--bias", options.biases, "bias, one value per output channel")
      ->type_name("TENSOR")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)  // one value a time; else CLI11 splits '[1, 2]' into two
      ->group(tensors);
  command
      .add_option("--dtype", options.dtype,
                  "convert every tensor: float16, bfloat16, float32 or float64")
      ->type_name("DTYPE")
      ->group(tensors);
  command.add_flag("-q,--quiet", options.quiet, "print errors only");
  command.add_flag("--json", options.json, "print one JSON object, errors too");
}

Result<batch::ChainRequest> chain_request(const LayerOptions& options) {
  if (options.spec.empty()) {
    return usage("no layer is given",
                 "write one, as in tconv run 'nn.Conv2d(1, 1, 3)' ...; tconv help spec");
  }
  batch::ChainRequest request{.spec = options.spec,
                              .framework = options.framework,
                              .weights = options.weights,
                              .biases = options.biases};
  for (const auto& [name, text] : options.flags) {
    std::string option = name;
    std::replace(option.begin(), option.end(), '_', '-');
    auto value = spec::parse_flag_value("--" + option, text);
    if (!value) return value.error();
    request.flags.push_back({.name = name, .value = std::move(*value)});
  }
  if (!options.dtype.empty()) {
    request.dtype = dtype_from_name(options.dtype);
    if (!request.dtype || !is_floating(*request.dtype)) {
      return usage(
          fmt::format("--dtype {} must be float16, bfloat16, float32 or float64", options.dtype));
    }
  }
  return request;
}

Result<std::int64_t> parse_bytes(const std::string& flag, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit(end, text.data() + text.size());
  if (unit.ends_with("iB")) unit.resize(unit.size() - 2);
  if (unit.ends_with("B")) unit.pop_back();
  constexpr std::string_view kUnits = "KMGT";
  const std::size_t place = unit.size() == 1 ? kUnits.find(unit) : std::string_view::npos;
  const bool known = unit.empty() || place != std::string_view::npos;
  const std::size_t power = unit.empty() || !known ? 0 : place + 1;
  std::optional<std::int64_t> bytes = value;
  for (std::size_t i = 0; i < power && bytes; ++i) bytes = support::checked_multiply(*bytes, 1024);
  if (failure != std::errc() || value < 0 || !known || !bytes) {
    return usage(fmt::format("{} {} is not a size in bytes, such as 4GiB or 500M", flag, text));
  }
  return *bytes;
}

Result<Shape> parse_shape(const std::string& flag, const std::string& text) {
  std::string list = text;
  std::erase_if(list, [](char c) { return c == ' ' || c == '(' || c == ')'; });
  if (list.ends_with(',')) list.pop_back();
  const Error refused = usage(fmt::format("{} {} is not a shape, such as 1,3,224,224", flag, text));
  Shape shape;
  const char* at = list.data();
  const char* const last = list.data() + list.size();
  while (at < last) {
    std::int64_t extent = 0;
    const auto [end, failure] = std::from_chars(at, last, extent);
    if (failure != std::errc() || extent < 0 || (end != last && *end != ',')) return refused;
    shape.push_back(extent);
    at = end == last ? last : end + 1;
    if (end != last && at == last) return refused;
  }
  if (shape.empty()) return refused;
  return shape;
}

}  // namespace tconv::cli
