// Errors about the text of a SPEC.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::spec {

// An error that points at the byte `offset` of `source`.
Error spec_error(std::string_view source, std::size_t offset, std::string what);

// A piece of the user's text for a message: in double quotes, cut where it is long, valid UTF-8
// without control characters.
std::string in_quotes(std::string_view text);

}  // namespace tconv::spec
