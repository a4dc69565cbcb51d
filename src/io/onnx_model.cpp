// Walks a model's graphs once. Field numbers are those of onnx.proto.
#include "io/onnx_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "io/onnx_messages.hpp"
#include "io/onnx_wire.hpp"

namespace tconv::io {
namespace {

constexpr int kMaxDepth = 64;  // of graphs within nodes; no honest model comes near

namespace model_field {
constexpr int kGraph = 7, kOpset = 8, kFunction = 25;
}
namespace graph_field {
constexpr int kNode = 1, kInitializer = 5, kInput = 11, kOutput = 12, kValueInfo = 13, kSparse = 15;
}
namespace node_field {
constexpr int kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5, kDomain = 7;
}
namespace attribute_field {
constexpr int kName = 1, kTensor = 5, kGraph = 6, kGraphs = 11;
}
constexpr int kTensorName = 8, kSparseValues = 1, kFunctionName = 1, kFunctionNode = 7;

// Operators that convolve, in whichever domain, and that tconv does not compute.
constexpr std::string_view kOthers[] = {
    "QLinearConv", "ConvInteger",   "DeformConv",           "FusedConv",
    "NhwcConv",    "NhwcFusedConv", "QLinearConvTranspose", "QGemmConv"};

Error damaged(std::string what) {
  return {.code = ErrorCode::Input, .what = "damaged: " + std::move(what)};
}

// The bytes of the last field of that number: protobuf's rule for one given twice.
Result<std::string_view> bytes_of(std::string_view message, int number) {
  std::string_view bytes;
  auto visited = visit_fields(message, [&](const WireField& field) -> Result<void> {
    if (field.number == number) bytes = field.value;
    return {};
  });
  if (!visited) return visited.error();
  return bytes;
}

class Walk {
 public:
  explicit Walk(OnnxModel& model) : model_(model) {}

  Result<void> model(std::string_view message) {
    return visit_fields(message, [&](const WireField& field) -> Result<void> {
      if (!field.is_bytes) return {};
      switch (field.number) {
        case model_field::kGraph: has_graph_ = true; return graph(field.value, {}, 0);
        case model_field::kFunction: return function(field.value);
        case model_field::kOpset: return opset(field.value);
        default: return {};
      }
    });
  }

  bool has_graph() const { return has_graph_; }

 private:
  Result<void> opset(std::string_view message) {
    const auto version = parse_opset_message(message);
    if (!version) return version.error();
    if (!version->empty()) model_.opset = *version;
    return {};
  }

  Result<void> graph(std::string_view message, const std::string& place, int depth) {
    if (depth > kMaxDepth) return damaged("graphs lie too deep in one another");
    return visit_fields(message, [&](const WireField& field) -> Result<void> {
      if (!field.is_bytes) return {};
      switch (field.number) {
        case graph_field::kNode: return node(field.value, place, depth, true);
        case graph_field::kInitializer: return stored(field.value, OnnxSource::Kind::Tensor);
        case graph_field::kSparse: return sparse(field.value);
        case graph_field::kInput:
        case graph_field::kOutput:
        case graph_field::kValueInfo: model_.values.push_back(field.value); return {};
        default: return {};
      }
    });
  }

  // A function's tensors are its own: its names mean something else than the graph's.
  Result<void> function(std::string_view message) {
    const auto name = bytes_of(message, kFunctionName);
    if (!name) return name.error();
    const std::string place = fmt::format("function \"{}\"", *name);
    return visit_fields(message, [&](const WireField& field) -> Result<void> {
      if (field.number != kFunctionNode || !field.is_bytes) return {};
      return node(field.value, place, 0, false);
    });
  }

  Result<void> node(std::string_view message, const std::string& place, int depth, bool named) {
    ++model_.nodes;
    OnnxNode node{.message = message, .place = place, .in_function = !named};
    std::vector<std::string_view> attributes;
    auto visited = visit_fields(message, [&](const WireField& field) -> Result<void> {
      if (!field.is_bytes) return {};
      switch (field.number) {
        case node_field::kInput: node.inputs.push_back(field.value); break;
        case node_field::kOutput: node.outputs.push_back(field.value); break;
        case node_field::kName: node.name = field.value; break;
        case node_field::kOpType: node.op_type = field.value; break;
        case node_field::kAttribute: attributes.push_back(field.value); break;
        case node_field::kDomain: node.domain = field.value; break;
        default: break;
      }
      return {};
    });
    if (!visited) return visited;
    const bool own_domain = node.domain.empty() || node.domain == "ai.onnx";
    const bool is_constant = own_domain && node.op_type == "Constant" && node.outputs.size() == 1;
    for (const std::string_view attribute : attributes) {
      auto read = named && is_constant ? constant(attribute, node.outputs[0])
                                       : subgraphs(attribute, node, depth, named);
      if (!read) return read;
    }
    if (named && !is_constant) {
      for (const std::string_view output : node.outputs) {
        add(output, {.op_type = node.op_type,
                     .node = node.name,
                     .input = node.inputs.empty() ? std::string_view{} : node.inputs[0]});
      }
    }
    const bool is_convolution = node.op_type == "Conv" || node.op_type == "ConvTranspose";
    node.supported = is_convolution && own_domain;
    const bool is_other =
        std::find(std::begin(kOthers), std::end(kOthers), node.op_type) != std::end(kOthers);
    if (is_convolution || is_other) model_.convolutions.push_back(std::move(node));
    return {};
  }

  Result<void> subgraphs(std::string_view attribute, const OnnxNode& node, int depth, bool named) {
    std::string_view name;
    return visit_fields(attribute, [&](const WireField& field) -> Result<void> {
      if (field.number == attribute_field::kName) name = field.value;
      const bool is_graph =
          field.number == attribute_field::kGraph || field.number == attribute_field::kGraphs;
      if (!is_graph || !field.is_bytes || !named) return {};
      const std::string_view of =
          node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name;
      return graph(field.value, fmt::format("{} of {} \"{}\"", name, node.op_type, of), depth + 1);
    });
  }

  Result<void> constant(std::string_view attribute, std::string_view output) {
    std::string_view name, tensor;
    auto visited = visit_fields(attribute, [&](const WireField& field) -> Result<void> {
      if (field.number == attribute_field::kName) name = field.value;
      if (field.number == attribute_field::kTensor) tensor = field.value;
      return {};
    });
    if (!visited) return visited;
    using Kind = OnnxSource::Kind;
    if (name == "value") return add_stored(output, {.kind = Kind::Tensor, .message = tensor});
    if (name == "sparse_value") return add_stored(output, {.kind = Kind::Sparse});
    if (!name.starts_with("value")) return {};
    return add_stored(output, {.kind = Kind::Attribute, .message = attribute});
  }

  Result<void> stored(std::string_view tensor, OnnxSource::Kind kind) {
    const auto name = bytes_of(tensor, kTensorName);
    if (!name) return name.error();
    return add_stored(*name, {.kind = kind, .message = tensor});
  }

  Result<void> sparse(std::string_view message) {
    const auto values = bytes_of(message, kSparseValues);
    if (!values) return values.error();
    return stored(*values, OnnxSource::Kind::Sparse);
  }

  Result<void> add_stored(std::string_view name, const OnnxSource& source) {
    if (add(name, source)) model_.names.push_back(name);
    return {};
  }

  bool add(std::string_view name, const OnnxSource& source) {
    if (name.empty()) return false;
    const auto [place, is_new] = model_.sources.try_emplace(name, source);
    if (!is_new) ++place->second.count;
    return is_new;
  }

  OnnxModel& model_;
  bool has_graph_ = false;
};

// Names are not always there, and not always unique.
void label_nodes(std::vector<OnnxNode>& nodes) {
  std::unordered_map<std::string_view, int> names, outputs;
  const auto first_output = [](const OnnxNode& node) {
    return node.outputs.empty() ? std::string_view{} : node.outputs[0];
  };
  for (const OnnxNode& node : nodes) {
    ++names[node.name];
    ++outputs[first_output(node)];
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::string_view output = first_output(nodes[i]);
    if (!nodes[i].name.empty() && names[nodes[i].name] == 1) {
      nodes[i].label = nodes[i].name;
    } else if (!output.empty() && outputs[output] == 1 && !names.contains(output)) {
      nodes[i].label = output;
    } else {
      nodes[i].label = fmt::format("#{}", i);
    }
  }
}

}  // namespace

Result<OnnxModel> read_onnx_model(const std::string& path, const std::string& name) {
  if (!onnx_built_in()) {
    return Error{.code = ErrorCode::Unsupported,
                 .where = name,
                 .what = "is an ONNX model, and this tconv is built without them",
                 .hint = "build with protobuf-compiler, libprotobuf-dev and libonnx-dev installed"};
  }
  auto file = support::map_file(path);
  if (!file) {
    file.error().where = name;
    return file.error();
  }
  OnnxModel model{.file = *std::move(file),
                  .name = name,
                  .folder = std::filesystem::path(path).parent_path().string()};
  const std::string_view bytes(reinterpret_cast<const char*>(model.file.data.get()),
                               model.file.size_bytes);
  Walk walk(model);
  auto walked = walk.model(bytes);
  if (walked && !walk.has_graph()) walked = damaged("there is no graph in it");
  if (!walked) {
    Error error = walked.error();
    error.where = name;
    error.what = "not an ONNX model, or " + error.what;
    return error;
  }
  label_nodes(model.convolutions);
  return model;
}

Result<std::vector<Argument>> onnx_attributes(const OnnxNode& node) {
  return parse_attributes(node.message);
}

}  // namespace tconv::io
