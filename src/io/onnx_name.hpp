// `model.onnx:NAME`: a node or a tensor inside an ONNX model.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tconv::io {

struct OnnxName {
  std::string file{};    // "dir/model.onnx"
  std::string member{};  // what follows the colon; empty where nothing does
};

// nullopt where the text is JSON, or names no file that ends in .onnx.
std::optional<OnnxName> parse_onnx_name(std::string_view text);

// The file that an argument names: without the member, where it is one of a model.
std::string file_of(const std::string& argument);

}  // namespace tconv::io
