// SPEC: the text, file or object in which a user says a layer, or a chain of layers.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tconv/layer.hpp"
#include "tconv/result.hpp"

namespace tconv::spec {

struct Entry {
  Layer layer{};
  std::vector<std::string> weights{};  // tensor arguments; paths already relative to the SPEC file
  std::string bias{};                  // empty: none given
  // Why there is none although the layer takes one: of a node whose inputs are computed.
  std::string weights_elsewhere{}, bias_elsewhere{};
};

struct Spec {
  std::vector<Entry> layers{};  // at least one
};

// Reads a SPEC argument, told apart by its form:
//   a call or printed module  nn.Conv2d(1, 1, 3)   Sequential((0): Conv2d(...) ...)
//   JSON                      {"framework": ...}   {"layers": [...]}   a Keras to_json()
//   a file of either          layer.json, layer.txt, `-` for standard input
//   a bare layer name         ConvTranspose2d
//   a node of an ONNX model   model.onnx:NODE
// Fails with Spec, and Input where a file cannot be read.
Result<Spec> parse_spec(const std::string& argument);

// The value of a command-line flag such as --padding: `2`, `2,2`, `1:2,0:1` (pairs), `same`.
// Fails with Usage.
Result<Value> parse_flag_value(std::string_view flag, std::string_view text);

}  // namespace tconv::spec
