#include "cli/onnx_info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cli/report.hpp"
#include "spec/onnx_model_spec.hpp"

namespace tconv::cli {
namespace {

using nlohmann::ordered_json;
using Values = std::unordered_map<std::string, io::OnnxValue>;

// One of a convolution's stored tensors.
struct StoredInfo {
  std::string_view name{};  // empty: it has none
  std::optional<io::OnnxTensorHeader> header{};
  std::string elsewhere{};  // why there is no header
};

struct LayerInfo {
  std::string spec{}, refusal{};  // one of them
  StoredInfo weights{}, bias{};
};

StoredInfo stored_info(const io::OnnxModel& model, const io::OnnxNode& node, std::size_t index) {
  const io::OnnxStored stored = io::onnx_input(model, node, index);
  if (stored.name.empty() && stored.instead.empty()) return {};
  StoredInfo info{.name = node.inputs[index], .elsewhere = stored.instead};
  if (stored.name.empty()) return info;
  const auto header = io::read_onnx_header(model, stored.name);
  if (header) {
    info.header = *header;
  } else {
    info.elsewhere = header.error().what;
  }
  return info;
}

LayerInfo layer_info(const io::OnnxModel& model, const io::OnnxNode& node) {
  LayerInfo info;
  if (!node.supported) {
    info.refusal = fmt::format("{}{}{} is not supported", node.domain,
                               node.domain.empty() ? "" : ".", node.op_type);
    return info;
  }
  const auto call = spec::onnx_call(node);
  (call ? info.spec : info.refusal) = call ? *call : call.error().what;
  info.weights = stored_info(model, node, 1);
  info.bias = stored_info(model, node, 2);
  return info;
}

std::int64_t parameters(const LayerInfo& info) {
  return (info.weights.header ? info.weights.header->count : 0) +
         (info.bias.header ? info.bias.header->count : 0);
}

std::string line(std::string_view title, const std::string& text) {
  return fmt::format("  {:<11} {}\n", title, printable(text));
}

std::string stored_text(const StoredInfo& info) {
  if (!info.header) return fmt::format("{} {}", info.name, info.elsewhere);
  return fmt::format("{} {} {}", info.name, io::shape_text(info.header->shape), info.header->dtype);
}

std::string value_line(std::string_view title, std::string_view name, const Values& values) {
  const auto value = values.find(std::string(name));
  if (value == values.end()) return {};
  return line(title, fmt::format("{} ({}) {}", name, fmt::join(value->second.dims, ", "),
                                 value->second.dtype));
}

ordered_json stored_json(const StoredInfo& info) {
  if (info.name.empty()) return nullptr;
  ordered_json object{{"name", info.name}};
  if (info.header) {
    object["shape"] = info.header->shape;
    object["dtype"] = info.header->dtype;
    object["bytes"] = info.header->bytes;
  } else {
    object["not_stored"] = info.elsewhere;
  }
  return object;
}

// Extents are numbers, or what the model calls them.
ordered_json value_json(std::string_view name, const Values& values) {
  const auto value = values.find(std::string(name));
  if (value == values.end()) return {{"name", name}, {"shape", nullptr}, {"dtype", nullptr}};
  ordered_json shape = ordered_json::array();
  for (const std::string& dim : value->second.dims) {
    const bool digits = !dim.empty() && dim.find_first_not_of("0123456789") == std::string::npos;
    if (digits && dim.size() < 19) {
      shape.push_back(std::stoll(dim));
    } else if (dim == "?") {
      shape.push_back(nullptr);
    } else {
      shape.push_back(dim);
    }
  }
  return {{"name", name}, {"shape", shape}, {"dtype", value->second.dtype}};
}

std::string_view first(const std::vector<std::string_view>& names) {
  return names.empty() ? std::string_view{} : names[0];
}

}  // namespace

Result<std::string> onnx_info_text(const io::OnnxModel& model) {
  const auto values = io::onnx_values(model);
  if (!values) return values.error();
  std::map<std::string_view, int> operators;
  for (const io::OnnxNode& node : model.convolutions) ++operators[node.op_type];
  std::vector<std::string> counts;
  for (const auto& [name, count] : operators) counts.push_back(fmt::format("{} {}", count, name));
  std::string text =
      fmt::format("{}: ONNX model, opset {}, {} nodes, {}\n", model.name,
                  model.opset.empty() ? "not said" : model.opset, model.nodes,
                  counts.empty() ? "no convolutions" : fmt::to_string(fmt::join(counts, ", ")));
  for (const io::OnnxNode& node : model.convolutions) {
    const LayerInfo info = layer_info(model, node);
    text += printable(fmt::format("{}:{}", model.name, node.label)) + '\n';
    if (!node.place.empty()) text += line("within", node.place);
    text += line("layer", info.spec.empty() ? info.refusal : info.spec);
    if (!info.weights.name.empty()) text += line("weights", stored_text(info.weights));
    if (!info.bias.name.empty()) text += line("bias", stored_text(info.bias));
    if (info.weights.header) text += line("parameters", std::to_string(parameters(info)));
    text += value_line("input", first(node.inputs), *values);
    text += value_line("output", first(node.outputs), *values);
  }
  return text;
}

Result<std::string> onnx_info_json(const io::OnnxModel& model) {
  const auto values = io::onnx_values(model);
  if (!values) return values.error();
  ordered_json convolutions = ordered_json::array();
  for (const io::OnnxNode& node : model.convolutions) {
    const LayerInfo info = layer_info(model, node);
    ordered_json object{{"name", node.label}, {"operator", node.op_type}};
    object["within"] = node.place.empty() ? ordered_json() : ordered_json(node.place);
    object["supported"] = !info.spec.empty();
    object["spec"] = info.spec.empty() ? ordered_json() : ordered_json(info.spec);
    if (!info.refusal.empty()) object["refusal"] = info.refusal;
    object["weights"] = stored_json(info.weights);
    object["bias"] = stored_json(info.bias);
    object["parameters"] = info.weights.header ? ordered_json(parameters(info)) : ordered_json();
    object["input"] = value_json(first(node.inputs), *values);
    object["output"] = value_json(first(node.outputs), *values);
    convolutions.push_back(std::move(object));
  }
  const ordered_json object{{"name", model.name},   {"kind", "model"},
                            {"format", "onnx"},     {"opset", model.opset},
                            {"nodes", model.nodes}, {"convolutions", convolutions}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tconv::cli
