// The command line that this process was started with.
#pragma once
#include <string>

namespace tconv::cli {

// The same command with --resume, quoted for a shell.
std::string resume_command();

}  // namespace tconv::cli
