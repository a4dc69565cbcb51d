// Memory for vectors.
#pragma once
#include <cstddef>
#include <memory>

namespace tconv::support {

// Bytes aligned to a cache line, without values until they are written.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t size) { reserve(size); }

  // Room for at least `size` bytes; what was there is lost if it grows. Much of it lies in huge
  // pages, where the system gives them.
  void reserve(std::size_t size);

  std::byte* data() { return data_.get(); }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_.get());
  }

 private:
  struct Free {
    void operator()(std::byte* data) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace tconv::support
