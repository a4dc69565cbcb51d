// `tconv help questions` keeps its word: each command it shows prints what it shows.
#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "../support/temporary_folder.hpp"
#include "program.hpp"
#include "shell.hpp"

namespace tconv::tests {
namespace questions_test {

TEST_CASE("help questions: every command prints what stands below it") {
  const TemporaryFolder folder;
  std::istringstream topic(output_of({.line = "help questions"}));
  std::string line, command, expected;
  int commands = 0, questions = 0, answered = 0;
  const auto check = [&] {
    if (command.empty()) return;
    CAPTURE(command);
    CHECK(shown_by(command, folder.path()) == expected);
    ++commands;
    command.clear();
    expected.clear();
  };
  while (std::getline(topic, line)) {
    if (line.starts_with("  $ ")) {
      check();
      command = line.substr(4);
    } else if (line.empty()) {
      check();
    } else if (!command.empty()) {
      expected += line.substr(2) + '\n';
    } else if (line[0] != ' ' && !line.starts_with("QUESTIONS")) {
      CHECK((questions == 0 || commands > answered));
      ++questions;
      answered = commands;
    }
  }
  check();
  CHECK(commands > answered);
  CHECK(questions == 10);
}

}  // namespace questions_test
}  // namespace tconv::tests
