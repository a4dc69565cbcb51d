// The tensors of an .npz or .safetensors file, for people and for programs.
#pragma once
#include <string>

#include "io/members.hpp"

namespace tconv::cli {

// A line for the file, then one a tensor, in the form of a tensor's own.
std::string members_text(const std::string& file, const io::Members& members);

// JSON object: name, kind, format, members (name, dtype, shape, bytes; or name and problem).
std::string members_json(const std::string& file, const io::Members& members);

}  // namespace tconv::cli
