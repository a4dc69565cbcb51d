// Standard input can be read once, and not from a keyboard by accident.
#pragma once
#include <span>
#include <string>

#include "tconv/result.hpp"

namespace tconv::cli {

// `arguments` are all that a command is going to read. Fails with Usage where more than one is "-",
// or where one is and standard input is a terminal.
Result<void> check_standard_input(std::span<const std::string> arguments);

}  // namespace tconv::cli
