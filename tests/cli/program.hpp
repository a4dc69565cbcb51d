// Runs the real binary, as a shell would, and gets back all that it did.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tconv::tests {

struct Call {
  std::string line{};    // what follows `tconv`, with single quotes as in a shell
  std::string input{};   // bytes on standard input, through a pipe
  std::string folder{};  // working directory; empty: that of the tests
  // What standard input and output are instead of pipes, such as /dev/full or a terminal.
  std::string input_file{}, output_file{};
  bool reader_gone = false;  // nobody reads standard output any more
};

struct Ending {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  bool timed_out = false;  // and was killed
  std::string output{}, errors{};
};

Ending run_tconv(const Call& call);

// For runs that should do their job in silence: what they printed on stdout. What else happened (an
// exit code, a message) stands before it, so that a comparison shows it.
std::string output_of(const Call& call);

// For runs that should be refused: "exit 3: tconv: error: ...\n". Anything on stdout stands before
// it.
std::string refusal_of(const Call& call);
std::string first_line(const std::string& text);

// The words of a command line: split at blanks, with '...' quoting as in a shell.
std::vector<std::string> words_of(std::string_view line);

}  // namespace tconv::tests
