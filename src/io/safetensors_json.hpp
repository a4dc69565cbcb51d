// The JSON of a safetensors header, read as events so that a name said twice is seen.
#pragma once
#include <string_view>
#include <vector>

#include "io/safetensors_header.hpp"

namespace tconv::io {

// Entries as written: `begin`, `end` and the extents are checked for being integers of 63 bits,
// not negative, and for nothing else. Fails with Input.
Result<std::vector<SafetensorsEntry>> parse_safetensors_json(std::string_view json);

}  // namespace tconv::io
