// A command line that cannot be meant, with what to write instead.
#pragma once
#include <string>
#include <utility>

#include "tconv/result.hpp"

namespace tconv::cli {

inline Error usage(std::string what, std::string hint = {}) {
  return Error{.code = ErrorCode::Usage, .what = std::move(what), .hint = std::move(hint)};
}

}  // namespace tconv::cli
