#include "io/onnx_messages.hpp"

#include <fmt/format.h>

#include "io/onnx_model.hpp"
#include "io/onnx_wire.hpp"
#include "onnx.pb.h"  // generated from the onnx.proto that libonnx-dev installs

namespace tconv::io {
namespace {

constexpr int kRawData = 9;  // TensorProto.raw_data

Error damaged(std::string_view what) {
  return {.code = ErrorCode::Input,
          .what = fmt::format("damaged: the bytes of {} end early or "
                              "say something else",
                              what)};
}

template <typename Message>
bool parse(std::string_view bytes, Message& message) {
  // Lengths fit: visit_fields() has seen the message around this one.
  return message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

Value integer(std::int64_t number) { return {.kind = Value::Kind::Int, .integer = number}; }

Value real(float number) { return {.kind = Value::Kind::Float, .real = double{number}}; }

Value list() { return {.kind = Value::Kind::List, .is_tuple = false}; }

// Files of the first format version leave the type to the field that is there.
onnx::AttributeProto::AttributeType type_of(const onnx::AttributeProto& attribute) {
  using Proto = onnx::AttributeProto;
  if (attribute.type() != Proto::UNDEFINED) return attribute.type();
  if (attribute.has_i()) return Proto::INT;
  if (attribute.has_f()) return Proto::FLOAT;
  if (attribute.has_s()) return Proto::STRING;
  if (attribute.floats_size() > 0) return Proto::FLOATS;
  return attribute.ints_size() > 0 ? Proto::INTS : Proto::UNDEFINED;
}

Result<Value> value_of(const onnx::AttributeProto& attribute) {
  using Proto = onnx::AttributeProto;
  Value value = list();
  switch (type_of(attribute)) {
    case Proto::INT: return integer(attribute.i());
    case Proto::FLOAT: return real(attribute.f());
    case Proto::STRING: return Value{.kind = Value::Kind::String, .text = attribute.s()};
    case Proto::INTS:
      for (const std::int64_t number : attribute.ints()) value.items.push_back(integer(number));
      return value;
    case Proto::FLOATS:
      for (const float number : attribute.floats()) value.items.push_back(real(number));
      return value;
    default:
      return Error{.code = ErrorCode::Unsupported,
                   .what = fmt::format("attribute {} is no number, string or list of numbers",
                                       attribute.name())};
  }
}

}  // namespace

bool onnx_built_in() { return true; }

Result<TensorMessage> parse_tensor_message(std::string_view message) {
  TensorMessage tensor;
  std::string rest;  // without the data, which may be most of the file
  auto visited = visit_fields(message, [&](const WireField& field) -> Result<void> {
    if (field.number == kRawData && field.is_bytes) {
      tensor.raw = field.value;
    } else if (tensor.raw || !rest.empty()) {
      rest += field.whole;
    }
    if (tensor.raw && rest.empty()) {
      rest.assign(message.substr(0, static_cast<std::size_t>(field.whole.data() - message.data())));
    }
    return {};
  });
  if (!visited) return visited.error();
  onnx::TensorProto proto;
  if (!parse(tensor.raw ? std::string_view(rest) : message, proto)) return damaged("a tensor");
  tensor.dims.assign(proto.dims().begin(), proto.dims().end());
  tensor.data_type = proto.data_type();
  tensor.is_segment = proto.has_segment();
  tensor.is_external = proto.data_location() == onnx::TensorProto::EXTERNAL;
  for (const auto& entry : proto.external_data()) {
    tensor.external.emplace_back(entry.key(), entry.value());
  }
  tensor.floats.assign(proto.float_data().begin(), proto.float_data().end());
  tensor.int32s.assign(proto.int32_data().begin(), proto.int32_data().end());
  tensor.int64s.assign(proto.int64_data().begin(), proto.int64_data().end());
  tensor.doubles.assign(proto.double_data().begin(), proto.double_data().end());
  tensor.uint64s.assign(proto.uint64_data().begin(), proto.uint64_data().end());
  return tensor;
}

Result<TensorMessage> parse_constant_attribute(std::string_view message) {
  onnx::AttributeProto attribute;
  if (!parse(message, attribute)) return damaged("an attribute");
  TensorMessage tensor;
  const std::string& name = attribute.name();
  if (name == "value_float" || name == "value_floats") {
    tensor.data_type = onnx::TensorProto::FLOAT;
    tensor.floats.assign(attribute.floats().begin(), attribute.floats().end());
    if (name == "value_float") tensor.floats = {attribute.f()};
  } else if (name == "value_int" || name == "value_ints") {
    tensor.data_type = onnx::TensorProto::INT64;
    tensor.int64s.assign(attribute.ints().begin(), attribute.ints().end());
    if (name == "value_int") tensor.int64s = {attribute.i()};
  } else {
    return Error{.code = ErrorCode::Unsupported,
                 .what = fmt::format("is a Constant with {}, which is no tensor of numbers", name)};
  }
  if (name.ends_with('s')) {
    tensor.dims = {static_cast<std::int64_t>(tensor.floats.size() + tensor.int64s.size())};
  }
  return tensor;
}

Result<std::vector<Argument>> parse_attributes(std::string_view node) {
  onnx::NodeProto proto;
  if (!parse(node, proto)) return damaged("a node");
  std::vector<Argument> arguments;
  for (const onnx::AttributeProto& attribute : proto.attribute()) {
    if (!attribute.ref_attr_name().empty()) {
      return Error{.code = ErrorCode::Unsupported,
                   .what = fmt::format("{} is the attribute {} of the function around it",
                                       attribute.name(), attribute.ref_attr_name())};
    }
    auto value = value_of(attribute);
    if (!value) return value.error();
    arguments.push_back({.name = attribute.name(), .value = *std::move(value)});
  }
  return arguments;
}

Result<std::string> parse_opset_message(std::string_view message) {
  onnx::OperatorSetIdProto proto;
  if (!parse(message, proto)) return damaged("an operator set");
  const bool own = proto.domain().empty() || proto.domain() == "ai.onnx";
  return own ? std::to_string(proto.version()) : std::string();
}

Result<ValueMessage> parse_value_message(std::string_view message) {
  onnx::ValueInfoProto proto;
  if (!parse(message, proto)) return damaged("a value's type");
  ValueMessage value{.name = proto.name()};
  if (!proto.type().has_tensor_type()) return value;
  const auto& tensor = proto.type().tensor_type();
  value.data_type = tensor.elem_type();
  if (!tensor.has_shape()) return value;
  value.dims.emplace();
  for (const auto& dim : tensor.shape().dim()) {
    const bool known = dim.has_dim_value() && dim.dim_value() >= 0;
    value.dims->push_back(known                     ? std::to_string(dim.dim_value())
                          : dim.dim_param().empty() ? "?"
                                                    : dim.dim_param());
  }
  return value;
}

}  // namespace tconv::io
