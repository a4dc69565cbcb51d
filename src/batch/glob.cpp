#include "batch/glob.hpp"

#include <fnmatch.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>

#include "support/system_error.hpp"

namespace tconv::batch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWildcards = "*?[";
constexpr std::string_view kAnyFolders = "**";

class Expansion {
 public:
  // Adds what matches `pattern` below `folder`, which ends in a slash or is empty.
  void add(const std::string& folder, std::string_view pattern) {
    const std::size_t slash = pattern.find('/');
    const bool last = slash == std::string_view::npos;
    const std::string name(pattern.substr(0, slash));
    const std::string_view rest = last ? std::string_view() : pattern.substr(slash + 1);
    if (name == kAnyFolders && !last) {
      add(folder, rest);
      each_entry(folder, "*", [&](const fs::directory_entry& entry, const std::string& path) {
        std::error_code unknown;
        if (!entry.is_symlink(unknown) && entry.is_directory(unknown)) add(path + '/', pattern);
      });
      return;
    }
    if (!is_glob(name)) {  // also where a slash is doubled
      std::error_code unknown;
      if (!last) return add(folder + name + '/', rest);
      if (fs::is_regular_file(folder + name, unknown)) found.push_back(folder + name);
      return;
    }
    each_entry(folder, name, [&](const fs::directory_entry& entry, const std::string& path) {
      std::error_code unknown;
      if (!last && entry.is_directory(unknown)) add(path + '/', rest);
      if (last && entry.is_regular_file(unknown)) found.push_back(path);
    });
  }

  std::vector<std::string> found{};
  std::optional<Error> failed{};

 private:
  template <typename Visit>
  void each_entry(const std::string& folder, const std::string& pattern, const Visit& visit) {
    std::error_code error;
    fs::directory_iterator entry(folder.empty() ? "." : folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0) visit(*entry, folder + name);
    }
    // A folder that is not there matches nothing.
    const bool absent = error.value() == ENOENT || error.value() == ENOTDIR;
    if (error && !absent && !failed) {
      failed = support::system_error(ErrorCode::Input, folder, "cannot be searched", error.value());
    }
  }
};

}  // namespace

bool is_glob(const std::string& text) { return text.find_first_of(kWildcards) != text.npos; }

std::string glob_root(const std::string& pattern) {
  const std::size_t wildcard = pattern.find_first_of(kWildcards);
  const std::size_t slash = pattern.rfind('/', wildcard);
  return slash == std::string::npos ? std::string() : pattern.substr(0, slash + 1);
}

Result<std::vector<std::string>> expand_glob(const std::string& pattern) {
  Expansion expansion;
  const std::string root = glob_root(pattern);
  expansion.add(root, std::string_view(pattern).substr(root.size()));
  if (expansion.failed) return *expansion.failed;
  return std::move(expansion.found);
}

}  // namespace tconv::batch
