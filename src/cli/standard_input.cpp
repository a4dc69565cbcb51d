#include "cli/standard_input.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace tconv::cli {

Result<void> check_standard_input(std::span<const std::string> arguments) {
  const auto readers = std::count(arguments.begin(), arguments.end(), "-");
  if (readers > 1) {
    return Error{
        .code = ErrorCode::Usage,
        .what = fmt::format("{} arguments are -, and standard input can be read once", readers)};
  }
  if (readers == 1 && isatty(STDIN_FILENO) == 1) {
    return Error{.code = ErrorCode::Usage,
                 .what = "- reads standard input, which is a terminal here",
                 .hint = "pipe a tensor in, or redirect a file: tconv run ... -x - < x.npy"};
  }
  return {};
}

}  // namespace tconv::cli
