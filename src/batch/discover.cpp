#include "batch/discover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "batch/glob.hpp"
#include "io/member_name.hpp"
#include "support/system_error.hpp"

namespace tconv::batch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".npy";

Error usage(std::string what, std::string hint = {}) {
  return Error{.code = ErrorCode::Usage, .what = std::move(what), .hint = std::move(hint)};
}

Input input_of(std::string path, std::size_t below, const struct stat& status) {
  return {.path = std::move(path),
          .below = below,
          .identity = identity_of(status),
          .device = status.st_dev,
          .inode = status.st_ino};
}

std::size_t name_offset(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? 0 : slash + 1;
}

class Discovery {
 public:
  explicit Discovery(const DiscoverRequest& request) : request_(request) {
    struct stat status {};
    if (stat(request.output_folder.c_str(), &status) == 0) output_ = status;
  }

  Result<void> add_argument(const std::string& argument) {
    struct stat status {};
    if (stat(argument.c_str(), &status) == 0 || !is_glob(argument)) return add_literal(argument);
    const auto matched = expand_glob(argument);
    if (!matched) return matched.error();
    if (matched->empty()) return usage(fmt::format("no file matches {}", argument));
    const std::size_t root = glob_root(argument).size();
    for (const std::string& path : *matched) {
      if (auto added = add_file(path, root); !added) return added;
    }
    return {};
  }

  Result<void> add_literal(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      const std::size_t before = found.size();
      std::string folder = path;
      if (!folder.ends_with('/')) folder += '/';
      if (auto added = add_folder(folder, folder.size()); !added) return added;
      if (found.size() > before) return {};
      return usage(fmt::format("{} has no {} files", path, kExtension),
                   request_.recursive ? "" : "--recursive looks into the folders inside of it");
    }
    return add_file(path, name_offset(path));
  }

  std::vector<Input> found{};

 private:
  Result<void> add_file(const std::string& path, std::size_t below) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
      const int number = errno;
      // It may be a tensor inside of a file.
      const std::string file = io::file_of(path);
      if (file == path || stat(file.c_str(), &status) != 0) {
        return support::system_error(ErrorCode::Input, path, "cannot be read", number);
      }
    }
    if (!S_ISREG(status.st_mode)) {
      return Error{.code = ErrorCode::Input,
                   .where = path,
                   .what = "is neither a file nor a folder",
                   .hint = "a batch reads each input when its turn comes: save it to a file"};
    }
    found.push_back(input_of(path, below, status));
    return {};
  }

  // `folder` ends in a slash.
  Result<void> add_folder(const std::string& folder, std::size_t below) {
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (name.starts_with('.')) continue;
      std::error_code unknown;
      const bool is_folder = entry->is_directory(unknown);
      if (is_folder && request_.recursive && !entry->is_symlink(unknown)) {
        if (is_output(folder + name)) continue;
        if (auto added = add_folder(folder + name + '/', below); !added) return added;
      } else if (!is_folder && name.ends_with(kExtension)) {
        if (auto added = add_file(folder + name, below); !added) return added;
      }
    }
    if (!error) return {};
    return support::system_error(ErrorCode::Input, folder, "cannot be searched", error.value());
  }

  bool is_output(const std::string& folder) const {
    struct stat status {};
    return output_ && stat(folder.c_str(), &status) == 0 && status.st_dev == output_->st_dev &&
           status.st_ino == output_->st_ino;
  }

  const DiscoverRequest& request_;
  std::optional<struct stat> output_{};
};

}  // namespace

FileIdentity identity_of(const struct stat& status) {
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  return {.size = status.st_size,
          .mtime_ns = status.st_mtim.tv_sec * kPerSecond + status.st_mtim.tv_nsec};
}

Result<std::vector<Input>> discover(const DiscoverRequest& request) {
  Discovery discovery(request);
  for (const std::string& argument : request.arguments) {
    if (auto added = discovery.add_argument(argument); !added) return added.error();
  }
  for (const std::string& path : request.listed) {
    if (auto added = discovery.add_literal(path); !added) return added.error();
  }
  std::vector<Input>& found = discovery.found;
  std::sort(found.begin(), found.end(),
            [](const Input& a, const Input& b) { return a.path < b.path; });
  const auto twice = std::adjacent_find(
      found.begin(), found.end(), [](const Input& a, const Input& b) { return a.path == b.path; });
  if (twice != found.end()) {
    return usage(fmt::format("{} is given twice", twice->path), "name each input once");
  }
  return std::move(found);
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> paths;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) paths.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return paths;
}

}  // namespace tconv::batch
