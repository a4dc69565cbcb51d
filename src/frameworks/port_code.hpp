// Ported layers as code to paste, in the target's own idiom.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "frameworks/port.hpp"

namespace tconv::frameworks {

// A layer to print. The files are where its converted tensors went; empty: none were written.
struct CodeLayer {
  const PortedLayer* layer = nullptr;
  std::vector<std::string> weight_files{};  // one a stage
  std::string bias_file{};                  // of the last stage
};

// Python that defines `layer` (PyTorch, Keras), `model` (ONNX), or, wherever it takes more than
// that, a function ported(x) over the target's own layout. No layer may be impossible.
std::string port_code(const Framework& target, std::span<const CodeLayer> layers);

}  // namespace tconv::frameworks
