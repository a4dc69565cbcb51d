// The text of a SPEC, wherever it came from.
#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

#include "spec/spec.hpp"

namespace tconv::spec {

// Reads a call, a printed module, a bare name, JSON, a Python dict, or `model.onnx:NODE`. Relative
// paths of tensors and models in it start at `base`. At least one entry. Fails with Spec, and
// Unsupported for models that are no chain of layers; of an ONNX model as its reader does.
Result<std::vector<Entry>> parse_text(std::string_view text, const std::filesystem::path& base);

}  // namespace tconv::spec
