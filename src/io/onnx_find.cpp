// Names of a model: which node or tensor is meant, and what to say where there is none.
#include <fmt/format.h>

#include <charconv>

#include "io/onnx_dtype.hpp"
#include "io/onnx_messages.hpp"
#include "io/onnx_model.hpp"
#include "support/suggest.hpp"

namespace tconv::io {
namespace {

constexpr std::size_t kLongestSuggestion = 200;  // the distance takes the product of two lengths
constexpr std::size_t kMostSuggestions = 10'000;
constexpr int kMostIdentities = 100;  // that pass a tensor on, one after the other

Error usage(const OnnxModel& model, std::string what, std::string hint) {
  return {.code = ErrorCode::Usage,
          .where = model.name,
          .what = std::move(what),
          .hint = std::move(hint)};
}

std::string listing(const OnnxModel& model) {
  return fmt::format("tconv info {} lists them", model.name);
}

std::string suggestion(std::string_view word, std::vector<std::string_view> known) {
  if (word.size() > kLongestSuggestion) return {};
  std::erase_if(known, [](std::string_view name) { return name.size() > kLongestSuggestion; });
  if (known.size() > kMostSuggestions) known.resize(kMostSuggestions);
  return support::did_you_mean(word, known);
}

// `#3`
const OnnxNode* numbered(const OnnxModel& model, std::string_view name) {
  if (!name.starts_with('#')) return nullptr;
  std::size_t index = 0;
  const auto [end, failed] = std::from_chars(name.data() + 1, name.data() + name.size(), index);
  const bool whole = failed == std::errc{} && end == name.data() + name.size();
  return whole && index < model.convolutions.size() ? &model.convolutions[index] : nullptr;
}

// What else carries this name: a node of another kind, or a value.
std::string_view other_node(const OnnxModel& model, std::string_view name) {
  for (const auto& [output, source] : model.sources) {
    const bool is_node = !source.node.empty() || !source.op_type.empty();
    if (is_node && (source.node == name || output == name)) return source.op_type;
  }
  return {};
}

}  // namespace

Result<const OnnxNode*> find_onnx_node(const OnnxModel& model, std::string_view name) {
  const std::size_t count = model.convolutions.size();
  if (count == 0) return usage(model, "there is no Conv or ConvTranspose in it", "");
  if (name.empty() && count == 1) return &model.convolutions[0];
  if (name.empty()) {
    return usage(model,
                 fmt::format("there are {} convolutions in it, say which: {}:{}", count, model.name,
                             model.convolutions[0].label),
                 listing(model));
  }
  std::vector<const OnnxNode*> named, giving;
  std::vector<std::string_view> known;
  for (const OnnxNode& node : model.convolutions) {
    known.push_back(node.label);
    if (node.name == name) named.push_back(&node);
    for (const std::string_view output : node.outputs) {
      if (output == name) giving.push_back(&node);
    }
  }
  const auto& found = named.empty() ? giving : named;
  if (found.size() == 1) return found[0];
  if (found.size() > 1) {
    return usage(model, fmt::format("{} convolutions are called \"{}\"", found.size(), name),
                 fmt::format("say which by its place: {}:#{}", model.name,
                             found[0] - model.convolutions.data()));
  }
  if (const OnnxNode* node = numbered(model, name)) return node;
  if (const std::string_view other = other_node(model, name); !other.empty()) {
    return usage(model, fmt::format("\"{}\" is a {}, not a convolution", name, other),
                 listing(model));
  }
  return usage(model, fmt::format("no node is called \"{}\"{}", name, suggestion(name, known)),
               listing(model));
}

OnnxStored onnx_stored(const OnnxModel& model, std::string_view name) {
  for (int hop = 0; hop < kMostIdentities; ++hop) {
    const auto found = model.sources.find(name);
    if (found == model.sources.end()) {
      return {.instead = "is an input of its graph, or nowhere in the file"};
    }
    const OnnxSource& source = found->second;
    if (source.count > 1) {
      return {.instead = fmt::format("means {} things in this file", source.count)};
    }
    if (source.kind != OnnxSource::Kind::Computed) return {.name = found->first};
    if (source.op_type != "Identity") {
      return {.instead = fmt::format("is computed by {} \"{}\", not stored in the file",
                                     source.op_type, source.node)};
    }
    name = source.input;
  }
  return {.instead = "is passed on by Identity nodes without end"};
}

OnnxStored onnx_input(const OnnxModel& model, const OnnxNode& node, std::size_t index) {
  if (index >= node.inputs.size() || node.inputs[index].empty()) return {};
  if (node.in_function) return {.instead = "is inside a function of the model"};
  return onnx_stored(model, node.inputs[index]);
}

Error no_onnx_tensor(const OnnxModel& model, std::string_view name) {
  if (name.empty()) {
    return usage(model, "is a model, not a tensor",
                 model.names.empty() ? "no tensor is stored in it"
                                     : fmt::format("name one that is stored in it: {}:{}",
                                                   model.name, model.names[0]));
  }
  if (model.sources.contains(name)) {
    return usage(model, fmt::format("\"{}\" {}", name, onnx_stored(model, name).instead), "");
  }
  return usage(
      model, fmt::format("no tensor in it is called \"{}\"{}", name, suggestion(name, model.names)),
      listing(model));
}

Result<std::unordered_map<std::string, OnnxValue>> onnx_values(const OnnxModel& model) {
  std::unordered_map<std::string, OnnxValue> values;
  for (const std::string_view message : model.values) {
    auto value = parse_value_message(message);
    if (!value) return value.error();
    if (!value->dims) continue;
    values.insert_or_assign(value->name, OnnxValue{.dtype = onnx_dtype_name(value->data_type),
                                                   .dims = *std::move(value->dims)});
  }
  return values;
}

}  // namespace tconv::io
