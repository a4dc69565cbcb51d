// ONNX models made in a test, byte by byte. Field numbers are those of onnx.proto.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/dtype.hpp"

namespace tconv::tests::onnx {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

inline std::string number(unsigned field, std::int64_t value) {
  return varint(field << 3) + varint(static_cast<std::uint64_t>(value));
}

// A string, a message, or packed numbers.
inline std::string bytes(unsigned field, std::string_view value) {
  return varint(field << 3 | 2) + varint(value.size()) + std::string(value);
}

inline std::string packed(unsigned field, const std::vector<std::int64_t>& values) {
  std::string all;
  for (const std::int64_t value : values) all += varint(static_cast<std::uint64_t>(value));
  return bytes(field, all);
}

template <typename Element>
std::string in_memory(const std::vector<Element>& values) {
  std::string all(values.size() * sizeof(Element), '\0');
  if (!all.empty()) std::memcpy(all.data(), values.data(), all.size());
  return all;
}

enum Type {
  kFloat = 1,
  kUInt8 = 2,
  kInt8 = 3,
  kUInt16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUInt32 = 12,
  kUInt64 = 13,
  kBFloat16 = 16,
  kFloat8 = 17
};

// A TensorProto without data.
inline std::string tensor(std::string_view name, int type, const Shape& dims) {
  return packed(1, dims) + number(2, type) + bytes(8, name);
}

inline std::string raw_data(std::string_view data) { return bytes(9, data); }

inline std::string float_tensor(std::string_view name, const Shape& dims,
                                const std::vector<float>& values) {
  return tensor(name, kFloat, dims) + raw_data(in_memory(values));
}

inline std::string external(std::string_view key, std::string_view value) {
  return bytes(13, bytes(1, key) + bytes(2, value));
}

inline std::string ints_attribute(std::string_view name, const std::vector<std::int64_t>& values) {
  return bytes(5, bytes(1, name) + packed(8, values) + number(20, 7));
}

inline std::string int_attribute(std::string_view name, std::int64_t value) {
  return bytes(5, bytes(1, name) + number(3, value) + number(20, 2));
}

inline std::string string_attribute(std::string_view name, std::string_view value) {
  return bytes(5, bytes(1, name) + bytes(4, value) + number(20, 3));
}

inline std::string tensor_attribute(std::string_view name, std::string_view tensor_bytes) {
  return bytes(5, bytes(1, name) + bytes(5, tensor_bytes) + number(20, 4));
}

inline std::string graph_attribute(std::string_view name, std::string_view graph_bytes) {
  return bytes(5, bytes(1, name) + bytes(6, graph_bytes) + number(20, 5));
}

struct NodeText {
  std::string op{}, name{};
  std::vector<std::string> inputs{}, outputs{};
  std::string attributes{}, domain{};
};

// A NodeProto.
inline std::string node(const NodeText& text) {
  std::string all;
  for (const std::string& input : text.inputs) all += bytes(1, input);
  for (const std::string& output : text.outputs) all += bytes(2, output);
  if (!text.name.empty()) all += bytes(3, text.name);
  all += bytes(4, text.op) + text.attributes;
  if (!text.domain.empty()) all += bytes(7, text.domain);
  return all;
}

// A field of a GraphProto each.
inline std::string graph_node(const NodeText& text) { return bytes(1, node(text)); }
inline std::string initializer(std::string_view tensor_bytes) { return bytes(5, tensor_bytes); }

// A ValueInfoProto of float32; a negative extent is one that the file leaves open.
inline std::string value(std::string_view name, const Shape& dims) {
  std::string shape;
  for (const std::int64_t dim : dims) {
    shape += bytes(1, dim < 0 ? bytes(2, "batch") : number(1, dim));
  }
  return bytes(1, name) + bytes(2, bytes(1, number(1, kFloat) + bytes(2, shape)));
}

// A ModelProto around the fields of its graph.
inline std::string model(std::string_view graph) {
  return number(1, 8) + bytes(8, bytes(1, "") + number(2, 17)) + bytes(7, graph);
}

// A small model: an upsampling ConvTranspose, a node without a name, and one whose weights are
// computed.
inline std::string small_model() {
  const std::vector<float> taps = {0, 1, 2, 3};
  return model(
      graph_node({.op = "ConvTranspose",
                  .name = "up",
                  .inputs = {"x", "up.weight", "up.bias"},
                  .outputs = {"u"},
                  .attributes =
                      ints_attribute("kernel_shape", {2, 2}) + ints_attribute("strides", {3, 3})}) +
      graph_node(
          {.op = "Constant",
           .outputs = {"k"},
           .attributes = tensor_attribute("value", float_tensor("", {1, 1, 2, 2}, {1, 1, 1, 1}))}) +
      graph_node(
          {.op = "Conv",
           .inputs = {"u", "k", ""},
           .outputs = {"y"},
           .attributes = string_attribute("auto_pad", "SAME_UPPER") + int_attribute("group", 1)}) +
      graph_node({.op = "Mul", .name = "scale", .inputs = {"k", "k"}, .outputs = {"k2"}}) +
      graph_node({.op = "Conv", .name = "late", .inputs = {"y", "k2", "k2"}, .outputs = {"z"}}) +
      graph_node({.op = "QLinearConv", .name = "q", .inputs = {"y"}, .outputs = {"qy"}}) +
      initializer(float_tensor("up.weight", {1, 1, 2, 2}, taps)) +
      initializer(float_tensor("up.bias", {1}, {0})) + bytes(11, value("x", {-1, 1, 2, 2})) +
      bytes(12, value("z", {})) + bytes(13, value("u", {-1, 1, 5, 5})));
}

}  // namespace tconv::tests::onnx
