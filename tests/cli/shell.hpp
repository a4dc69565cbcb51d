// Runs a line as a shell would, with tconv on its path.
#pragma once
#include <string>

namespace tconv::tests {

// Standard output and error of a shell command, as a terminal would show them.
std::string shown_by(const std::string& command, const std::string& folder);

}  // namespace tconv::tests
