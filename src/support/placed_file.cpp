// On Linux the bytes go into an unnamed inode (O_TMPFILE), of which nothing is left when the
// process ends, and linkat() gives it its name. What is there already can only be replaced by
// rename(), from a temporary name that exists for a moment; file systems without unnamed inodes
// need that name from the start.
#include "support/placed_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>
#include <utility>

#include "support/system_error.hpp"

namespace tconv::support {
namespace {

constexpr int kNameAttempts = 16;
constexpr mode_t kNewFileMode = 0666;  // less the umask, which the kernel takes off
constexpr std::size_t kLargestWriteBytes = std::size_t{1} << 30;  // Linux moves no more than 2^31
constexpr std::string_view kTemporarySuffix = ".tmp";

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string fresh_name(const std::string& folder, std::string_view prefix) {
  thread_local std::mt19937_64 random{(std::uint64_t{std::random_device{}()} << 32U) |
                                      std::random_device{}()};
  return fmt::format("{}/{}{:016x}{}", folder, prefix, random(), kTemporarySuffix);
}

// Naming an unnamed inode goes through /proc.
bool proc_is_there() {
  static const bool kThere = access("/proc/self/fd", F_OK) == 0;
  return kThere;
}

int link_descriptor(int descriptor, const std::string& name) {
  const std::string inode = fmt::format("/proc/self/fd/{}", descriptor);
  const bool linked =
      linkat(AT_FDCWD, inode.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  return linked ? 0 : errno;
}

// Whether open(O_TMPFILE) failed for want of unnamed inodes. A folder that is not there, or may not
// be written to, fails again under a name, and is said then.
bool unnamed_unknown(int number) {
  return number == EOPNOTSUPP || number == EISDIR || number == EINVAL || number == ENOENT;
}

}  // namespace

Error PlacedFile::cannot_write(int number) const {
  return system_error(ErrorCode::Output, path_, "cannot be written", number);
}

Result<PlacedFile> PlacedFile::create(std::string path, const Placement& placement) {
  PlacedFile file(std::move(path), placement);
  if (proc_is_there()) {
    const std::string folder = folder_of(file.path_);
    file.descriptor_ = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kNewFileMode);
    if (file.descriptor_ >= 0) return file;
    if (!unnamed_unknown(errno)) {
      return system_error(ErrorCode::Output, file.path_, "cannot be created in folder " + folder,
                          errno);
    }
  }
  if (auto opened = file.open_named(); !opened) return opened.error();
  return file;
}

Result<void> PlacedFile::open_named() {
  const std::string folder = folder_of(path_);
  for (int i = 0; i < kNameAttempts; ++i) {
    std::string name = fresh_name(folder, placement_->temporary_prefix);
    descriptor_ = open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kNewFileMode);
    if (descriptor_ >= 0) {
      temporary_ = std::move(name);
      return {};
    }
    if (errno != EEXIST) break;
  }
  return system_error(ErrorCode::Output, path_, "cannot be created in folder " + folder, errno);
}

PlacedFile::PlacedFile(PlacedFile&& other) noexcept
    : path_(std::move(other.path_)),
      placement_(other.placement_),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

PlacedFile::~PlacedFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<void> PlacedFile::write_at(std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put =
        pwrite(descriptor_, bytes.data(), std::min(bytes.size(), kLargestWriteBytes), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return cannot_write(errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += put;
  }
  return {};
}

Result<void> PlacedFile::place() {
  if (placement_->sync && fsync(descriptor_) != 0) return cannot_write(errno);
  if (temporary_.empty()) {
    const int failed = link_descriptor(descriptor_, path_);
    if (failed == EEXIST) return replace();
    if (failed != 0) return cannot_write(failed);
  }
  // A network file system may say only here that there was no room.
  const int closed = close(std::exchange(descriptor_, -1));
  if (closed != 0 && errno != EINTR) return cannot_write(errno);
  return temporary_.empty() ? Result<void>() : rename_over();
}

Result<void> PlacedFile::replace() {
  const std::string folder = folder_of(path_);
  int failed = EEXIST;
  for (int i = 0; i < kNameAttempts && failed == EEXIST; ++i) {
    std::string name = fresh_name(folder, placement_->temporary_prefix);
    failed = link_descriptor(descriptor_, name);
    if (failed == 0) temporary_ = std::move(name);
  }
  return failed == 0 ? rename_over() : cannot_write(failed);
}

Result<void> PlacedFile::rename_over() {
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return cannot_write(errno);
  temporary_.clear();
  return {};
}

int remove_leftovers(const std::string& folder, std::string_view temporary_prefix) {
  int removed = 0;
  std::error_code failed;
  std::filesystem::directory_iterator entry(folder, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(temporary_prefix) || !name.ends_with(kTemporarySuffix)) continue;
    std::error_code ignored;
    removed += std::filesystem::remove(entry->path(), ignored) ? 1 : 0;
  }
  return removed;
}

}  // namespace tconv::support
