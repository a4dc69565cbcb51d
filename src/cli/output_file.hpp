// Files that a command writes.
#pragma once
#include <span>
#include <string>

#include "tconv/result.hpp"

namespace tconv::cli {

// An output that is also an input, or that cannot be written, is better known before the work.
// `flag` is how the output was given. Fails with Usage and Output.
Result<void> check_output_file(const std::string& flag, const std::string& output,
                               std::span<const std::string> inputs);

}  // namespace tconv::cli
