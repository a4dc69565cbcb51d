#include "cli/output_file.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "io/member_name.hpp"

namespace tconv::cli {

Result<std::optional<support::AtomicFile>> open_output_file(const std::string& flag,
                                                            const std::string& output,
                                                            std::span<const std::string> inputs) {
  const std::string file_name = io::file_of(output);
  for (const std::string& input : inputs) {
    std::error_code missing;
    if (std::filesystem::equivalent(file_name, io::file_of(input), missing)) {
      return Error{.code = ErrorCode::Usage,
                   .what = fmt::format("{} {} is also an input ({})", flag, output, input),
                   .hint = "an input is never overwritten"};
    }
  }
  std::error_code ignored;
  const auto kind = std::filesystem::status(file_name, ignored).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    return std::optional<support::AtomicFile>();
  }
  auto file = support::AtomicFile::open(file_name);
  if (!file) return file.error();
  return std::optional(std::move(*file));
}

}  // namespace tconv::cli
