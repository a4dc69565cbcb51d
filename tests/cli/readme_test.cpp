// The README keeps its word: each command it shows prints what it shows.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "../support/temporary_folder.hpp"

namespace tconv {
namespace {

// Standard output and error of a shell command, as a terminal would show them.
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

TEST_CASE("README: every command prints what stands below it") {
  std::ifstream file(TCONV_SOURCE_DIR "/README.md");
  REQUIRE(file);
  const tests::TemporaryFolder folder;
  std::string line, command, expected;
  bool in_block = false;
  int commands = 0;
  const auto check = [&] {
    if (command.empty()) return;
    CAPTURE(command);
    CHECK(shown_by(command, folder.path()) == expected);
    ++commands;
    command.clear();
    expected.clear();
  };
  while (std::getline(file, line)) {
    if (line == "```console") {
      in_block = true;
    } else if (line == "```") {
      check();
      in_block = false;
    } else if (in_block && line.starts_with("$ ")) {
      check();
      command = line.substr(2);
    } else if (in_block) {
      expected += line + '\n';
    }
  }
  CHECK(commands > 10);
}

}  // namespace
}  // namespace tconv
