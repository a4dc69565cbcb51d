// An .npy file read a few samples at a time, a sample being what one index of its first axis gives.
#pragma once
#include <cstdint>
#include <string>

#include "batch/discover.hpp"
#include "io/npy_header.hpp"

namespace tconv::batch {

class StackFile {
 public:
  // Fails as reading the tensor does, and with ShapeMismatch where it has no first axis, or one
  // that is not the outermost in the file (Fortran order).
  static Result<StackFile> open(const std::string& path, bool void2_is_bfloat16);
  StackFile(StackFile&& other) noexcept;
  StackFile& operator=(StackFile&&) = delete;
  ~StackFile();

  std::int64_t samples() const { return header_.shape[0]; }
  std::int64_t sample_bytes() const { return sample_bytes_; }
  const FileIdentity& identity() const { return identity_; }
  const io::NpyHeader& header() const { return header_; }
  // `count` samples as a tensor, without their bytes.
  Shape slice_shape(std::int64_t count) const;

  // May be called by several threads at once.
  Result<void> read(std::int64_t first, std::int64_t count, std::byte* to) const;

 private:
  StackFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  Result<void> read_header(bool void2_is_bfloat16);
  Result<void> read_at(std::int64_t offset, std::byte* to, std::size_t bytes) const;

  std::string path_;
  int descriptor_ = -1;
  FileIdentity identity_{};
  io::NpyHeader header_{};
  std::int64_t sample_bytes_ = 0;
};

}  // namespace tconv::batch
