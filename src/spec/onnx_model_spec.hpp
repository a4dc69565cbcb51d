// SPEC `model.onnx:NODE`: a convolution of a model, with the tensors stored beside it.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "io/onnx_model.hpp"
#include "spec/spec.hpp"

namespace tconv::spec {

// Whether the text is `model.onnx` or `model.onnx:NODE`.
bool is_onnx_model(std::string_view text);

// The one layer it names. A relative path starts at `base`. Fails with Usage where the model has no
// such node, Unsupported where tconv does not compute it, and Input.
Result<std::vector<Entry>> entries_of_onnx_model(std::string_view text,
                                                 const std::filesystem::path& base);

// A node as a call: onnx.Conv(pads=[1, 1, 1, 1], strides=[2, 2]). Fails as onnx_attributes() does.
Result<std::string> onnx_call(const io::OnnxNode& node);

}  // namespace tconv::spec
