#include "cli/command_line.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

namespace tconv::cli {
namespace {

constexpr std::string_view kPlain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%";

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += R"('\'')";
    } else {
      text += c;
    }
  }
  return text + '\'';
}

std::vector<std::string> words() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

std::string resume_command() {
  std::vector<std::string> command = words();
  if (command.empty()) return "the same command with --resume";
  if (std::find(command.begin(), command.end(), "--resume") == command.end()) {
    // Before a `--`, behind which everything is an input.
    command.insert(std::find(command.begin(), command.end(), "--"), "--resume");
  }
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + quoted(word);
  return text;
}

}  // namespace tconv::cli
