#include "batch/input_buffer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "io/member_name.hpp"
#include "io/npy.hpp"
#include "io/npy_header.hpp"
#include "io/read.hpp"
#include "support/file.hpp"
#include "support/memory.hpp"
#include "support/system_error.hpp"

namespace tconv::batch {
namespace {

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  const int number;
};

// Memory that somebody else keeps, as a pointer that keeps nothing. Makes no control block.
std::shared_ptr<const std::byte> borrowed(const std::byte* bytes) {
  return {std::shared_ptr<const std::byte>(), bytes};
}

Error cannot_read(const std::string& path, const char* failed, int number) {
  return support::system_error(ErrorCode::Input, path, failed, number);
}

}  // namespace

// False where there is no file of this name.
Result<bool> InputBuffer::read_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0 && errno == ENOENT && io::file_of(path) != path) return false;
  if (file.number < 0) return cannot_read(path, "cannot be opened", errno);
  struct stat status {};
  if (fstat(file.number, &status) != 0) return cannot_read(path, "cannot be read", errno);
  identity_ = identity_of(status);
  if (!S_ISREG(status.st_mode) || identity_.size > support::physical_memory_bytes()) return false;

  const auto size = static_cast<std::size_t>(status.st_size);
  try {
    memory_.reserve(size + 1);  // so that there is memory even for an empty file
  } catch (const std::bad_alloc&) {
    return Error{.code = ErrorCode::TooLarge,
                 .where = path,
                 .what = fmt::format("there is no memory for its {} bytes", size)};
  }
  std::size_t got = 0;
  while (got < size) {
    const ssize_t piece = ::read(file.number, memory_.data() + got, size - got);
    if (piece < 0 && errno == EINTR) continue;
    if (piece < 0) return cannot_read(path, "cannot be read", errno);
    if (piece == 0) break;  // it has become shorter; what is missing is said by who needs it
    got += static_cast<std::size_t>(piece);
  }
  file_bytes_ = {reinterpret_cast<const char*>(memory_.data()), got};
  return true;
}

Result<void> InputBuffer::read(const std::string& path, bool void2_is_bfloat16) {
  mapped_.reset();
  const auto is_file = read_file(path);
  if (!is_file) return is_file.error();
  if (*is_file && file_bytes_.starts_with(io::kNpyMagic)) return take_npy(path, void2_is_bfloat16);
  return take_other(path, void2_is_bfloat16);
}

Result<void> InputBuffer::take_npy(const std::string& path, bool void2_is_bfloat16) {
  // Files of a batch mostly have one header, byte for byte.
  if (!header_.empty() && file_bytes_.starts_with(header_)) {
    tensor_.data = borrowed(memory_.data() + header_.size());
    tensor_.name = path;
    const auto count = io::element_count(tensor_.shape, tensor_.dtype);
    const auto data_bytes = std::int64_t(file_bytes_.size() - header_.size());
    if (count && data_bytes >= *count * size_bytes(tensor_.dtype)) return {};
  }
  header_.clear();
  auto tensor = io::read_npy({.data = borrowed(memory_.data()), .size_bytes = file_bytes_.size()},
                             path, void2_is_bfloat16);
  if (!tensor) return tensor.error();
  tensor_ = *std::move(tensor);
  header_ = file_bytes_.substr(0, std::size_t(tensor_.data.get() - memory_.data()));
  return {};
}

Result<void> InputBuffer::take_other(const std::string& path, bool void2_is_bfloat16) {
  header_.clear();
  auto tensor = io::read_tensor(path, {.void2_is_bfloat16 = void2_is_bfloat16});
  if (!tensor) return tensor.error();
  tensor_ = *std::move(tensor);
  const std::string file = io::file_of(path);
  struct stat status {};
  if (stat(file.c_str(), &status) == 0) identity_ = identity_of(status);
  auto whole = support::map_file(file);
  if (!whole) return whole.error();
  mapped_ = std::move(whole->data);
  file_bytes_ = {reinterpret_cast<const char*>(mapped_.get()), whole->size_bytes};
  return {};
}

}  // namespace tconv::batch
