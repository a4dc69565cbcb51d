// What the operating system says went wrong, as an Error.
#pragma once
#include <string>
#include <system_error>
#include <utility>

#include "tconv/result.hpp"

namespace tconv::support {

// `w.npy: cannot be opened: No such file or directory`, for `failed` "cannot be opened" and
// `number` a value of errno.
inline Error system_error(ErrorCode code, std::string where, const std::string& failed,
                          int number) {
  return {.code = code,
          .where = std::move(where),
          .what = failed + ": " + std::generic_category().message(number)};
}

}  // namespace tconv::support
