// Inputs, one after the other, read into the same memory.
#pragma once
#include <string>
#include <string_view>

#include "batch/discover.hpp"
#include "io/tensor.hpp"
#include "support/aligned.hpp"

namespace tconv::batch {

class InputBuffer {
 public:
  // Reads an item; tensor() then lies in this buffer, until the next read. An .npy file takes one
  // call per piece of the system and no new memory, unless it is larger than all before it;
  // everything else goes through io::read_tensor. Fails as that does.
  Result<void> read(const std::string& path, bool void2_is_bfloat16);

  const io::Tensor& tensor() const { return tensor_; }
  const FileIdentity& identity() const { return identity_; }   // of the file whose bytes these are
  std::string_view file_bytes() const { return file_bytes_; }  // all of the file

 private:
  Result<bool> read_file(const std::string& path);
  Result<void> take_npy(const std::string& path, bool void2_is_bfloat16);
  Result<void> take_other(const std::string& path, bool void2_is_bfloat16);

  support::AlignedBytes memory_{};
  io::Tensor tensor_{};
  FileIdentity identity_{};
  std::string_view file_bytes_{};
  std::string header_{};  // of the file that tensor_ was last told from
  std::shared_ptr<const std::byte> mapped_{};
};

}  // namespace tconv::batch
