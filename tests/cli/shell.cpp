#include "shell.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

namespace tconv::tests {

std::string shown_by(const std::string& command, const std::string& folder) {
  const std::string program = std::filesystem::path(TCONV_BINARY).parent_path();
  const std::string line =
      "cd '" + folder + "' && PATH='" + program + "':$PATH\n{ " + command + "\n} 2>&1";
  FILE* pipe = popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[4096];
  while (const std::size_t count = fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, count);
  pclose(pipe);
  return text;
}

}  // namespace tconv::tests
