// Files that a command writes.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "support/file.hpp"
#include "tconv/result.hpp"

namespace tconv::cli {

// The output, opened: that it is also an input, or cannot be written, is better known before the
// work. Nothing for one that is no regular file (a pipe, a device). `flag` is how the output was
// given. Fails with Usage and Output.
Result<std::optional<support::AtomicFile>> open_output_file(const std::string& flag,
                                                            const std::string& output,
                                                            std::span<const std::string> inputs);

}  // namespace tconv::cli
