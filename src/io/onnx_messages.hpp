// ONNX's small messages as plain structs. What is large in a message stays where it is.
// Source: onnx/onnx.proto.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tconv/dtype.hpp"
#include "tconv/layer.hpp"
#include "tconv/result.hpp"

namespace tconv::io {

struct TensorMessage {
  Shape dims{};
  int data_type = 0;        // TensorProto.DataType
  bool is_segment = false;  // a part of a tensor
  bool is_external = false;
  std::vector<std::pair<std::string, std::string>> external{};  // location, offset, length
  std::optional<std::string_view> raw{};                        // a view into the message
  std::vector<float> floats{};
  std::vector<std::int32_t> int32s{};
  std::vector<std::int64_t> int64s{};
  std::vector<double> doubles{};
  std::vector<std::uint64_t> uint64s{};
};

// Reads a TensorProto. Fails with Input.
Result<TensorMessage> parse_tensor_message(std::string_view message);

// A Constant's value_float, value_floats, value_int or value_ints, as the tensor it stands for.
// Fails with Input, and Unsupported for any other attribute.
Result<TensorMessage> parse_constant_attribute(std::string_view message);

// The attributes of a NodeProto. Fails with Input, and Unsupported where one is no number, string,
// or list of these.
Result<std::vector<Argument>> parse_attributes(std::string_view node);

// A value's type, as far as the file says it.
struct ValueMessage {
  std::string name{};
  int data_type = 0;                               // 0: unknown
  std::optional<std::vector<std::string>> dims{};  // "3", "batch", "?"; absent: unknown
};

// The version of ONNX's own operators, where an OperatorSetIdProto is about them; else empty. Fails
// with Input.
Result<std::string> parse_opset_message(std::string_view message);

// Reads a ValueInfoProto. Fails with Input.
Result<ValueMessage> parse_value_message(std::string_view message);

}  // namespace tconv::io
