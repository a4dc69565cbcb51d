// Files that appear whole or not at all.
//
// On Linux the bytes go into an unnamed inode (O_TMPFILE): whatever ends the process, a signal, the
// out-of-memory killer or the power, no debris is left. linkat() cannot replace a file, so commit()
// links the inode under a random name and renames that one at once. File systems without O_TMPFILE
// get the named file from the start, and it goes with the object.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <utility>
#include <variant>

#include "support/file.hpp"
#include "support/system_error.hpp"

namespace tconv::support {
namespace {

constexpr int kLongestLinkChain = 40;  // as the kernel's own limit
constexpr int kNameAttempts = 16;
constexpr mode_t kNewFileMode = 0666;  // less the umask, which the kernel takes off

Error cannot_write(const std::string& path, int number) {
  return system_error(ErrorCode::Output, path, "cannot be written", number);
}

// The descriptor that /dev/stdout and its kin stand for. Opening these names again would truncate,
// or replace, the file that the shell has put behind them.
std::optional<int> descriptor_named(std::string_view path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view digits = path.substr(folder.size());
    int number = 0;
    const auto [end, failed] = std::from_chars(digits.begin(), digits.end(), number);
    if (failed == std::errc{} && end == digits.end() && number >= 0) return number;
  }
  return std::nullopt;
}

// Where a file written to `path` belongs: the end of its chain of symbolic links, even where
// nothing is there yet.
std::filesystem::path follow_links(const std::string& path) {
  std::filesystem::path target(path);
  for (int i = 0; i < kLongestLinkChain; ++i) {
    std::error_code not_a_link;
    const auto next = std::filesystem::read_symlink(target, not_a_link);
    if (not_a_link) break;
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  return target;
}

std::string folder_of(const std::string& target) {
  const std::string folder = std::filesystem::path(target).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Calls create(name), which returns whether it succeeded, with names beside the target until one is
// not taken: hidden ones, not to be guessed by someone who shares the folder. Returns the name now
// in use, or the errno that create left.
template <typename Create>
std::variant<std::string, int> under_fresh_name(const std::string& target, const Create& create) {
  std::random_device entropy;
  for (int i = 0; i < kNameAttempts; ++i) {
    const std::uint64_t high = entropy();
    const auto file = fmt::format(".tconv-{:016x}.tmp", (high << 32U) | entropy());
    std::string name = (std::filesystem::path(folder_of(target)) / file).string();
    if (create(name.c_str())) return name;
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}

std::string descriptor_path(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

// Best effort: some file systems cannot sync a folder, and the file itself is safe by then.
void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

Result<AtomicFile> AtomicFile::open(const std::string& path) {
  AtomicFile file;
  file.path_ = path;
  if (const auto named = descriptor_named(path)) {
    file.descriptor_ = fcntl(*named, F_DUPFD_CLOEXEC, 0);
    if (file.descriptor_ < 0) return cannot_write(path, errno);
    return file;
  }

  const auto target = follow_links(path);
  file.target_ = target.string();
  struct stat status {};
  const bool exists = stat(file.target_.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) return cannot_write(path, errno);
  if (exists && S_ISDIR(status.st_mode)) return cannot_write(path, EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {
    file.descriptor_ = ::open(file.target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file.descriptor_ < 0) return cannot_write(path, errno);
    return file;
  }
  if (!target.has_filename()) return cannot_write(path, path.empty() ? ENOENT : EISDIR);
  // Renaming would replace a write-protected file, which writing to it would not.
  if (exists && faccessat(AT_FDCWD, file.target_.c_str(), W_OK, AT_EACCESS) != 0) {
    return cannot_write(path, errno);
  }

  if (const auto opened = file.open_temporary(); !opened) return opened.error();
  if (exists) {
    if (const auto taken = file.take_over_permissions(); !taken) return taken.error();
  }
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      kind_(other.kind_) {}

AtomicFile::~AtomicFile() { discard(); }

Result<void> AtomicFile::open_temporary() {
  const std::string folder = folder_of(target_);
  kind_ = Kind::Unnamed;
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kNewFileMode);
  // Naming it later goes through /proc, so /proc has to be there now.
  if (descriptor_ >= 0 && access(descriptor_path(descriptor_).c_str(), F_OK) == 0) return {};
  discard();

  kind_ = Kind::Named;
  auto named = under_fresh_name(target_, [this](const char* name) {
    descriptor_ = ::open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kNewFileMode);
    return descriptor_ >= 0;
  });
  if (const int* const number = std::get_if<int>(&named)) {
    return system_error(ErrorCode::Output, path_, "cannot be created in folder " + folder, *number);
  }
  temporary_ = std::get<std::string>(std::move(named));
  return {};
}

// Permissions of the file to be replaced, and its owner where we may give files away.
Result<void> AtomicFile::take_over_permissions() {
  struct stat old {};
  struct stat ours {};
  if (stat(target_.c_str(), &old) != 0 || fstat(descriptor_, &ours) != 0) {
    return cannot_write(path_, errno);
  }
  if (old.st_uid != ours.st_uid || old.st_gid != ours.st_gid) {
    // Only root may, mostly; failing leaves the file with whoever runs us, as a new one would be.
    [[maybe_unused]] const int refused = fchown(descriptor_, old.st_uid, old.st_gid);
  }
  constexpr mode_t kPermissions = 0777;
  if (fchmod(descriptor_, old.st_mode & kPermissions) != 0) return cannot_write(path_, errno);
  return {};
}

Result<void> AtomicFile::write(std::string_view bytes) {
  if (descriptor_ < 0) return cannot_write(path_, EBADF);
  auto written = write_all(descriptor_, bytes, path_);
  if (!written) discard();
  return written;
}

Result<void> AtomicFile::write_at(std::string_view bytes, std::int64_t offset) const {
  if (descriptor_ < 0) return cannot_write(path_, EBADF);
  return write_all_at(descriptor_, bytes, offset, path_);
}

Result<void> AtomicFile::commit() {
  if (descriptor_ < 0) return cannot_write(path_, EBADF);
  if (kind_ == Kind::Direct) {
    const int closed = close(std::exchange(descriptor_, -1));
    if (closed != 0 && errno != EINTR) return cannot_write(path_, errno);
    return {};
  }

  auto placed = put_in_place();
  discard();
  if (placed) sync_folder(folder_of(target_));
  return placed;
}

Result<void> AtomicFile::put_in_place() {
  if (fsync(descriptor_) != 0) return cannot_write(path_, errno);
  if (kind_ == Kind::Unnamed) {
    const std::string inode = descriptor_path(descriptor_);
    auto named = under_fresh_name(target_, [&inode](const char* name) {
      return linkat(AT_FDCWD, inode.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
    });
    if (const int* const number = std::get_if<int>(&named)) return cannot_write(path_, *number);
    temporary_ = std::get<std::string>(std::move(named));
  }
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) return cannot_write(path_, errno);
  temporary_.clear();
  return {};
}

void AtomicFile::discard() noexcept {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
}

}  // namespace tconv::support
