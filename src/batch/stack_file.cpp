#include "batch/stack_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/npy.hpp"
#include "io/tensor.hpp"
#include "support/system_error.hpp"

namespace tconv::batch {
namespace {

// Beyond this there is no header of numbers; longer ones are of records with many names.
constexpr std::int64_t kMostHeaderBytes = 1 << 17;

}  // namespace

Result<StackFile> StackFile::open(const std::string& path, bool void2_is_bfloat16) {
  StackFile file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.descriptor_ < 0) {
    return support::system_error(ErrorCode::Input, path, "cannot be opened", errno);
  }
  struct stat status {};
  if (fstat(file.descriptor_, &status) != 0) {
    return support::system_error(ErrorCode::Input, path, "cannot be read", errno);
  }
  file.identity_ = identity_of(status);
  if (auto read = file.read_header(void2_is_bfloat16); !read) {
    read.error().where = path;
    return read.error();
  }
  return file;
}

StackFile::StackFile(StackFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      identity_(other.identity_),
      header_(std::move(other.header_)),
      sample_bytes_(other.sample_bytes_) {}

StackFile::~StackFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<void> StackFile::read_header(bool void2_is_bfloat16) {
  std::string begin(static_cast<std::size_t>(std::min(identity_.size, kMostHeaderBytes)), '\0');
  auto* const bytes = reinterpret_cast<std::byte*>(begin.data());
  if (auto read = read_at(0, bytes, begin.size()); !read) return read;
  auto header = io::parse_npy_header(begin, void2_is_bfloat16);
  if (!header) return header.error();
  header_ = *std::move(header);
  const auto found = identity_.size - static_cast<std::int64_t>(header_.data_offset_bytes);
  const auto data_bytes = io::npy_data_bytes(header_, static_cast<std::uint64_t>(found));
  if (!data_bytes) return data_bytes.error();
  if (header_.shape.empty()) {
    return Error{.code = ErrorCode::ShapeMismatch,
                 .what = "a stack needs a first axis, this is a scalar"};
  }
  if (header_.fortran_order && header_.shape.size() > 1) {
    return Error{.code = ErrorCode::ShapeMismatch,
                 .what = "its samples are not one after the other: it is in Fortran order",
                 .hint = "numpy.ascontiguousarray before numpy.save"};
  }
  sample_bytes_ = static_cast<std::int64_t>(*data_bytes) / std::max<std::int64_t>(1, samples());
  return {};
}

Shape StackFile::slice_shape(std::int64_t count) const {
  Shape shape = header_.shape;
  shape[0] = count;
  return shape;
}

Result<void> StackFile::read(std::int64_t first, std::int64_t count, std::byte* to) const {
  return read_at(static_cast<std::int64_t>(header_.data_offset_bytes) + first * sample_bytes_, to,
                 static_cast<std::size_t>(count * sample_bytes_));
}

Result<void> StackFile::read_at(std::int64_t offset, std::byte* to, std::size_t bytes) const {
  while (bytes > 0) {
    const ssize_t got = pread(descriptor_, to, bytes, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return support::system_error(ErrorCode::Input, path_, "cannot be read", errno);
    if (got == 0) {
      return Error{.code = ErrorCode::Input,
                   .where = path_,
                   .what = fmt::format("ends at byte {}, while it is read", offset)};
    }
    to += got;
    offset += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace tconv::batch
