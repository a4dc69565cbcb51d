// A node as Python prints it: protobuf's text format.
#include "spec/onnx_proto_text.hpp"

#include <doctest/doctest.h>

#include <string>

#include "spec/spec.hpp"

namespace tconv::spec {
namespace {

constexpr const char* kPrinted = R"(input: "X"
input: "W"
output: "Y"
name: "up"
op_type: "ConvTranspose"
attribute {
  name: "auto_pad"
  s: "NOTSET"
  type: STRING
}
attribute {
  name: "group"
  i: 1
  type: INT
}
attribute {
  name: "pads"
  ints: 1
  ints: 2
  type: INTS
}
domain: ""
metadata_props {
  key: "a"
  value: "b"
}
)";

std::string said(const Layer& layer) {
  std::string text = layer.framework + '.' + layer.name;
  for (const Argument& argument : layer.arguments) {
    const Value& value = argument.value;
    text += ' ' + argument.name + '=';
    if (value.kind == Value::Kind::Int) text += std::to_string(value.integer);
    if (value.kind == Value::Kind::String) text += value.text;
    for (const Value& item : value.items) text += std::to_string(item.integer) + ',';
  }
  return text;
}

TEST_CASE("protobuf text: a printed node, on many lines or on one") {
  const std::pair<std::string, const char*> rows[] = {
      {kPrinted, "onnx.ConvTranspose auto_pad=NOTSET group=1 pads=1,2,"},
      {R"(op_type: "Conv" attribute { name: "strides" ints: [2, -3] type: INTS })",
       "onnx.Conv strides=2,-3,"},
      {R"(op_type: "Conv", attribute: { name: "strides", ints: [] }; # none)",
       "onnx.Conv strides="},
      {R"(op_type: 'Conv' attribute { name: "dilations" type: INTS })", "onnx.Conv dilations="},
      {R"(attribute { name: "group" i: 2 } op_type: "Conv")", "onnx.Conv group=2"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const auto spec = parse_spec(text);
    REQUIRE(spec);
    REQUIRE(spec->layers.size() == 1);
    CHECK(said(spec->layers[0].layer) == expected);
    CHECK(spec->layers[0].layer.source == text);
  }
}

TEST_CASE("protobuf text: what is wrong, and where") {
  struct Row {
    const char* text;
    const char* what;
  };
  const Row rows[] = {
      {R"(name: "n")", "the node has no op_type"},
      {R"(op_type: "Conv" atribute {})", "expected a field of a node, found \"atribute\""},
      {R"(op_type: "Conv" attribute { name: "g" i: 1)",
       "expected a field of an attribute, found the end"},
      {R"(op_type: "Conv" attribute { i: 1 })", "the attribute has no name"},
      {R"(op_type: "Conv" attribute { name: "group" })", "the attribute has no value"},
      {R"(op_type: "Conv" attribute { name: "a" t { dims: 1 } })",
       "an attribute's \"t\" is no number, string or list of these"},
      {R"(op_type: "Conv" attribute { name: "a" ints: [1 2] })", "expected \"]\", found \"2\""},
      {R"(op_type: )", "expected a value, found the end"},
      {R"(op_type: "Conv" metadata_props { key: "a")", "expected \"}\", found the end"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto spec = parse_spec(row.text);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == ErrorCode::Spec);
    CHECK(spec.error().what == row.what);
  }
}

TEST_CASE("protobuf text: anything else is left alone") {
  for (const char* text : {"", "Conv", "nn.Conv2d(1, 1, 3)", "input = 3", "attribute", "name"}) {
    CAPTURE(text);
    CHECK_FALSE(layer_of_onnx_proto_text(text));
  }
}

}  // namespace
}  // namespace tconv::spec
