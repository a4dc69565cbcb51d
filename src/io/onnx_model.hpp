// ONNX models: where their convolutions and their tensors lie in the file.
//
// The file stays mapped and is not parsed as a whole: finding a node touches the nodes, and a
// tensor's data are read in place. Without protobuf (onnx_built_in() is false) every call here
// fails with Unsupported.
// Source: onnx docs/IR.md, docs/ExternalData.md.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/tensor.hpp"
#include "support/file.hpp"
#include "tconv/layer.hpp"

namespace tconv::io {

bool onnx_built_in();

// Views point into the model's file.
struct OnnxNode {
  std::string label{};  // how to say it: its name, else its first output's, else #3
  std::string_view name{}, op_type{}, domain{};
  std::vector<std::string_view> inputs{}, outputs{};
  std::string_view message{};
  std::string place{};       // empty in the model's own graph; `then_branch of If "gate"`
  bool in_function = false;  // its names are the function's own
  bool supported = false;    // Conv or ConvTranspose of ONNX's own domain
};

// What the file says of a name: that of a stored tensor, or of a node's output.
struct OnnxSource {
  enum class Kind {
    Tensor,     // `message` is a TensorProto
    Attribute,  // ... the AttributeProto of a Constant that holds numbers
    Sparse,
    Computed,  // by `op_type`; `message` is empty
  };
  Kind kind = Kind::Computed;
  std::string_view message{};
  std::string_view op_type{}, node{}, input{};  // of what computes it
  int count = 1;  // of places that say this name: more than one where branches repeat it
};

struct OnnxModel {
  support::MappedFile file{};
  std::string name{};    // as the user called it
  std::string folder{};  // where external data are
  std::string opset{};   // of ONNX's own domain: "17"; empty where not said
  std::size_t nodes = 0;
  std::vector<OnnxNode> convolutions{};  // in the order of the file
  std::unordered_map<std::string_view, OnnxSource> sources{};
  std::vector<std::string_view> names{};   // of stored tensors, in the order of the file
  std::vector<std::string_view> values{};  // ValueInfoProtos: inputs, outputs, and what is between
};

// Maps the file and looks through it. `name` is what messages call it. Fails with Input.
Result<OnnxModel> read_onnx_model(const std::string& path, const std::string& name);

// The node of that name, or with that output, or `#3`: the fourth of model.convolutions. An empty
// name means the only one. Fails with Usage.
Result<const OnnxNode*> find_onnx_node(const OnnxModel& model, std::string_view name);

// Fails with Input and Unsupported.
Result<std::vector<Argument>> onnx_attributes(const OnnxNode& node);

// Where the tensor called so is stored, looking through Identity nodes.
struct OnnxStored {
  std::string_view name{};  // empty: it is not stored
  std::string instead{};    // what it is then: `is computed by Mul "scale"`
};
OnnxStored onnx_stored(const OnnxModel& model, std::string_view name);

// The same of a node's input, 1 being its weights and 2 its bias. All empty: it has none.
OnnxStored onnx_input(const OnnxModel& model, const OnnxNode& node, std::size_t index);

struct OnnxTensorHeader {
  std::string_view dtype{};  // "float32"; "" where unknown
  Shape shape{};
  std::int64_t count = 0, bytes = 0;  // 0 where tconv has no such elements
};

// Fails as read_onnx_tensor() does where the tensor is not to be had from the header on.
Result<OnnxTensorHeader> read_onnx_header(const OnnxModel& model, std::string_view name);

// A stored tensor. Fails with Usage where there is none of this name, Unsupported for sparse ones
// and element types without numbers, and Input, ShapeMismatch or TooLarge where it is damaged.
Result<Tensor> read_onnx_tensor(const OnnxModel& model, std::string_view name);

// A value's type, where the file says it.
struct OnnxValue {
  std::string_view dtype{};
  std::vector<std::string> dims{};  // "3", "batch", "?"
};

// By name, of every value that has a shape. Fails with Input.
Result<std::unordered_map<std::string, OnnxValue>> onnx_values(const OnnxModel& model);

}  // namespace tconv::io
