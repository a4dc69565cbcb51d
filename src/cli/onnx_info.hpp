// The convolutions of an ONNX model, for people and for programs.
#pragma once
#include <string>

#include "io/onnx_model.hpp"

namespace tconv::cli {

// A line for the model, then a block a convolution.
Result<std::string> onnx_info_text(const io::OnnxModel& model);

// JSON object: name, opset, nodes, convolutions (name, spec, weights, bias, parameters, input and
// output as far as the file says them; null where it does not).
Result<std::string> onnx_info_json(const io::OnnxModel& model);

}  // namespace tconv::cli
