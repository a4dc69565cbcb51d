// In place of onnx_messages.cpp and onnx_wire.cpp where protobuf is not there: read_onnx_model()
// refuses first, so that none of the others is reached.
#include "io/onnx_messages.hpp"
#include "io/onnx_model.hpp"
#include "io/onnx_wire.hpp"

namespace tconv::io {
namespace {

Error absent() {
  return {.code = ErrorCode::Unsupported, .what = "this tconv is built without ONNX models"};
}

}  // namespace

bool onnx_built_in() { return false; }

Result<void> visit_fields(std::string_view, const FieldVisitor&) { return absent(); }

Result<TensorMessage> parse_tensor_message(std::string_view) { return absent(); }

Result<TensorMessage> parse_constant_attribute(std::string_view) { return absent(); }

Result<std::vector<Argument>> parse_attributes(std::string_view) { return absent(); }

Result<std::string> parse_opset_message(std::string_view) { return absent(); }

Result<ValueMessage> parse_value_message(std::string_view) { return absent(); }

}  // namespace tconv::io
