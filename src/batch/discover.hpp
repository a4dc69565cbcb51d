// Which files a batch is about: files, folders, globs and lists, as one sorted list.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/result.hpp"

namespace tconv::batch {

// What tells whether a file is still the one it was.
struct FileIdentity {
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
FileIdentity identity_of(const struct stat& status);

struct Input {
  std::string path{};     // as found; for a tensor inside a file, with its name behind a colon
  std::size_t below = 0;  // path from here on is repeated below the output folder
  FileIdentity identity{};
  dev_t device = 0;  // these two tell files apart, whatever they are called
  ino_t inode = 0;
};

struct DiscoverRequest {
  std::vector<std::string> arguments{};  // files, folders, and globs where no file is called so
  std::vector<std::string> listed{};     // files and folders, literally
  bool recursive = false;                // folders inside of folders, too
  std::string output_folder{};           // never looked into
};

// Files of a folder are those whose names end in .npy; hidden ones count only where they are named.
// Sorted by the bytes of their paths, so that every machine has the same order whatever its locale.
// Fails with Input where a file is not there or cannot be looked at, and with Usage where a glob or
// folder has no files, or a file is there twice.
Result<std::vector<Input>> discover(const DiscoverRequest& request);

// The paths of a list: a line each, or each ended by a NUL; empty ones do not count.
std::vector<std::string> split_list(std::string_view text, char separator);

}  // namespace tconv::batch
