// Files that are something else: what to say instead of "not an .npy file".
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::io {

// The refusal (Unsupported) of an argument that names a format known but not read, by its
// extension: `weights.h5`, `weights.h5:kernel`.
std::optional<Error> foreign_name(const std::string& argument);

// The same by the first bytes of a file.
std::optional<Error> foreign_bytes(std::string_view bytes, const std::string& name);

}  // namespace tconv::io
