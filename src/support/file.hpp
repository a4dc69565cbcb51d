// Files: whole text files in, mapped files in, whole files out or none.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tconv/result.hpp"

namespace tconv::support {

struct MappedFile {
  std::shared_ptr<const std::byte> data{};  // null when empty
  std::size_t size_bytes = 0;
  bool mapped = false;  // pages of a file, not memory of the process
};

// Gives the whole pages in a part of a mapped file back to the system, which reads them again where
// they are needed again: a pass over a file of any size then holds little memory.
void drop_pages(const std::byte* begin, std::size_t size_bytes);

// Maps a regular file read-only; reads pipes and other special files into memory. Fails with Input.
Result<MappedFile> map_file(const std::string& path);

// All of a descriptor (standard input) in memory. Fails with Input, naming it `name`.
Result<MappedFile> read_all(int descriptor, const std::string& name);

// Writes all bytes at an offset of a regular file, without moving its position. Fails with Output.
Result<void> write_all_at(int descriptor, std::string_view bytes, std::int64_t offset,
                          const std::string& name);

// Where the next byte goes, if the descriptor is a regular file that takes bytes at any offset.
std::optional<std::int64_t> position_of(int descriptor);

// Writes all bytes to a descriptor; a closed pipe (EPIPE) is success. Fails with Output.
Result<void> write_all(int descriptor, std::string_view bytes, const std::string& name);

// A file that appears whole or not at all: commit() syncs it and puts it in place by renaming;
// without commit(), or after a write that failed, nothing is left of it. A target that is not a
// regular file (a pipe, a device, /dev/stdout) is written directly. An existing file's permissions
// are kept, symbolic links are followed.
class AtomicFile {
 public:
  static Result<AtomicFile> open(const std::string& path);  // fails with Output
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();
  Result<void> write(std::string_view bytes);
  // Whether write_at() may be used: not on a pipe or device.
  bool is_positional() const { return kind_ != Kind::Direct; }
  // Writes at an offset, from any thread, and beside others. After a failure commit() must not be
  // called.
  Result<void> write_at(std::string_view bytes, std::int64_t offset) const;
  Result<void> commit();

 private:
  // Direct: no temporary file. Unnamed: an inode without a name, which vanishes by itself however
  // the process ends. Named: a file called temporary_, where the file system cannot do the former.
  enum class Kind { Direct, Unnamed, Named };

  AtomicFile() = default;
  Result<void> open_temporary();
  Result<void> take_over_permissions();
  Result<void> put_in_place();
  void discard() noexcept;

  std::string path_{};       // as the caller wrote it
  std::string target_{};     // with symbolic links followed
  std::string temporary_{};  // empty where no named file exists
  int descriptor_ = -1;
  Kind kind_ = Kind::Direct;
};

}  // namespace tconv::support
