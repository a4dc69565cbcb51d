// What errors are called where programs read them: in --json and in journals.
#pragma once
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::support {

// "shape_mismatch": stable names, part of the interface.
std::string_view error_name(ErrorCode code);

}  // namespace tconv::support
