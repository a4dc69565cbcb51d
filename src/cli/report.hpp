// Talking to the user: errors, notes and exit codes. Nothing outside this room prints.
#pragma once
#include <string>
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::cli {

enum class ExitCode : int {
  Done = 0,
  No = 1,        // the answer is no: tensors differ
  Request = 2,   // a flag, the SPEC, or something unsupported
  Input = 3,     // an input that cannot be read, or does not fit
  Output = 4,    // an output that cannot be written
  TooLarge = 5,  // refused for size
};

ExitCode exit_code_of(ErrorCode code);

// How a command may talk, from its flags.
struct Voice {
  bool quiet = false;  // errors only
  bool json = false;   // errors as one object
};

// Prints the error to stderr; returns the exit code that goes with it.
int report(const Error& error, const Voice& voice);

// A line on stderr that changes nothing: `tconv: note: ...`. Silent when quiet or JSON.
void note(std::string_view text, const Voice& voice);

// Text for stderr, as it is.
void message(std::string_view text);

// Writes to stdout; a closed pipe is a normal end.
int print(std::string_view text, const Voice& voice);

// A string as a JSON literal, quotes included. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

// A text from a file with its control characters replaced: on a terminal they must not act.
std::string printable(std::string text);

}  // namespace tconv::cli
