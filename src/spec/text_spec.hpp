// The text of a SPEC, wherever it came from.
#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

#include "spec/spec.hpp"

namespace tconv::spec {

// Reads a call, a printed module, a bare name, JSON, or a Python dict. Relative paths of tensors
// in it start at `base`. At least one entry. Fails with Spec, and Unsupported for models that are
// no chain of layers.
Result<std::vector<Entry>> parse_text(std::string_view text, const std::filesystem::path& base);

}  // namespace tconv::spec
