// Reading files and writing to descriptors, over POSIX calls.
//
// A mapped file that another process shortens while it is read raises SIGBUS, as with every program
// that maps its input; the price of not copying a gigabyte of weights.
#include "support/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "support/memory.hpp"
#include "support/system_error.hpp"

namespace tconv::support {
namespace {

constexpr std::size_t kFirstChunkBytes = std::size_t{1} << 16;
// Linux moves at most 2^31 - 4096 bytes a call.
constexpr std::size_t kLargestWriteBytes = std::size_t{1} << 30;

// Closes a descriptor at the end of the scope.
struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(number); }
  const int number;
};

// Grows through realloc, which moves large blocks by remapping pages rather than by copying.
struct GrowingBuffer {
  GrowingBuffer() = default;
  GrowingBuffer(const GrowingBuffer&) = delete;
  GrowingBuffer& operator=(const GrowingBuffer&) = delete;
  ~GrowingBuffer() { std::free(bytes); }

  bool grow(std::size_t new_capacity) {
    void* const moved = std::realloc(bytes, new_capacity);
    if (moved == nullptr) return false;
    bytes = static_cast<std::byte*>(moved);
    capacity = new_capacity;
    return true;
  }

  std::shared_ptr<const std::byte> release() {
    return {std::exchange(bytes, nullptr), [](const std::byte* p) {
              std::free(const_cast<std::byte*>(p));  // NOLINT: as grow() made it
            }};
  }

  std::byte* bytes = nullptr;
  std::size_t capacity = 0;
};

Error too_large(const std::string& name, std::size_t bytes) {
  return {.code = ErrorCode::TooLarge,
          .where = name,
          .what = fmt::format("more than {} bytes of input, this machine has {} bytes of memory",
                              bytes, physical_memory_bytes())};
}

// Whether a call that failed with `number` is to be tried again: after a signal, and, where the
// other end of a terminal or pipe made the descriptor non-blocking, once it is ready for `events`.
bool to_be_repeated(int number, int descriptor, short events) {
  if (number == EAGAIN) {
    pollfd ready{.fd = descriptor, .events = events, .revents = 0};
    poll(&ready, 1, -1);
    return true;
  }
  return number == EINTR;
}

}  // namespace

Result<MappedFile> read_all(int descriptor, const std::string& name) {
  const auto limit_bytes = static_cast<std::size_t>(physical_memory_bytes());
  GrowingBuffer buffer;
  std::size_t size_bytes = 0;
  for (;;) {
    if (size_bytes == buffer.capacity) {
      if (size_bytes >= limit_bytes) return too_large(name, size_bytes);
      if (!buffer.grow(std::max(kFirstChunkBytes, 2 * size_bytes))) {
        return too_large(name, size_bytes);
      }
    }
    const ssize_t got = read(descriptor, buffer.bytes + size_bytes, buffer.capacity - size_bytes);
    if (got < 0 && to_be_repeated(errno, descriptor, POLLIN)) continue;
    if (got < 0) return system_error(ErrorCode::Input, name, "cannot be read", errno);
    if (got == 0) break;
    size_bytes += static_cast<std::size_t>(got);
  }
  if (size_bytes == 0) return MappedFile{};
  return MappedFile{.data = buffer.release(), .size_bytes = size_bytes};
}

Result<MappedFile> map_file(const std::string& path) {
  const int opened = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return system_error(ErrorCode::Input, path, "cannot be opened", errno);
  const Descriptor file(opened);

  struct stat status {};
  if (fstat(file.number, &status) != 0) {
    return system_error(ErrorCode::Input, path, "cannot be read", errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return system_error(ErrorCode::Input, path, "cannot be read", EISDIR);
  }
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    const auto size_bytes = static_cast<std::size_t>(status.st_size);
    void* const mapping = mmap(nullptr, size_bytes, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (mapping != MAP_FAILED) {
      std::shared_ptr<const std::byte> data(
          static_cast<const std::byte*>(mapping), [size_bytes](const std::byte* p) {
            munmap(const_cast<std::byte*>(p), size_bytes);  // NOLINT: as mmap gave it
          });
      return MappedFile{.data = std::move(data), .size_bytes = size_bytes, .mapped = true};
    }
  }
  // Pipes and devices, files of /proc that claim to be empty, file systems that cannot map.
  return read_all(file.number, path);
}

void drop_pages(const std::byte* begin, std::size_t size_bytes) {
  const auto page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = std::bit_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (address + page_bytes - 1) / page_bytes * page_bytes;
  const std::uintptr_t end = (address + size_bytes) / page_bytes * page_bytes;
  if (first >= end) return;
  // Only advice: where it is not taken, the pages stay.
  static_cast<void>(madvise(std::bit_cast<void*>(first), end - first, MADV_DONTNEED));
}

Result<void> write_all(int descriptor, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t put = write(descriptor, bytes.data(), std::min(bytes.size(), kLargestWriteBytes));
    if (put < 0 && to_be_repeated(errno, descriptor, POLLOUT)) continue;
    if (put < 0 && errno == EPIPE) return {};
    if (put < 0) return system_error(ErrorCode::Output, name, "cannot be written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

std::optional<std::int64_t> position_of(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_APPEND) != 0) return std::nullopt;  // would append at any offset
  const off_t position = lseek(descriptor, 0, SEEK_CUR);
  return position < 0 ? std::nullopt : std::optional<std::int64_t>(position);
}

Result<void> write_all_at(int descriptor, std::string_view bytes, std::int64_t offset,
                          const std::string& name) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kLargestWriteBytes);
    const ssize_t put = pwrite(descriptor, bytes.data(), size, offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error(ErrorCode::Output, name, "cannot be written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += put;
  }
  return {};
}

}  // namespace tconv::support
