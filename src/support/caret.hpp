// Pointing at a place in a text.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tconv::support {

// Two lines: the line of `source` that holds byte `offset` (cut to a readable width around it) and
// a caret under that place. No newline at the end.
std::string caret_excerpt(std::string_view source, std::size_t offset);

}  // namespace tconv::support
