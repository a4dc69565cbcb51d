// Files by the thousand, each of which appears whole or not at all, however the process ends.
//
// AtomicFile's lighter brother: it waits for the disk only where it is asked to, puts the file at
// its name by one call where nothing is there yet, and takes its folder to be there. What is there
// is replaced, a symbolic link itself and not what it points to.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::support {

struct Placement {
  bool sync = false;  // its bytes are on the disk before it has its name
  // What temporary names begin with, where the file system needs any: hidden, and told from those
  // of other processes.
  std::string temporary_prefix = ".tconv-";
};

class PlacedFile {
 public:
  // `placement` must outlive the file. Both fail with Output.
  static Result<PlacedFile> create(std::string path, const Placement& placement);
  PlacedFile(PlacedFile&& other) noexcept;
  PlacedFile& operator=(PlacedFile&&) = delete;
  ~PlacedFile();

  // May be called by several threads at once.
  Result<void> write_at(std::int64_t offset, std::string_view bytes);
  Result<void> place();

 private:
  PlacedFile(std::string path, const Placement& placement)
      : path_(std::move(path)), placement_(&placement) {}
  Result<void> open_named();
  Result<void> replace();
  Result<void> rename_over();
  Error cannot_write(int number) const;

  std::string path_;
  const Placement* placement_;
  std::string temporary_{};  // the name it has until then; empty while it has none
  int descriptor_ = -1;
};

// Removes what a killed process has left of files with this prefix; returns how many there were.
int remove_leftovers(const std::string& folder, std::string_view temporary_prefix);

}  // namespace tconv::support
