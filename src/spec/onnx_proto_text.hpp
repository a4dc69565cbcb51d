// A node as Python prints a NodeProto: protobuf's text format.
//   input: "X" op_type: "Conv" attribute { name: "strides" ints: 2 ints: 2 type: INTS }
// Source: protobuf.dev, Text Format Language Specification; onnx/onnx.proto (NodeProto).
#pragma once
#include <optional>
#include <string_view>

#include "tconv/layer.hpp"
#include "tconv/result.hpp"

namespace tconv::spec {

// nullopt where the text does not look like one. Fails with Spec.
std::optional<Result<Layer>> layer_of_onnx_proto_text(std::string_view text);

}  // namespace tconv::spec
