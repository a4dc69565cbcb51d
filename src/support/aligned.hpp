// Memory for vectors.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace tconv::support {

// Bytes aligned to a cache line, without values until they are written.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t size) { reserve(size); }

  // Room for at least `size` bytes; what was there is lost if it grows.
  void reserve(std::size_t size) {
    if (size <= size_) return;
    data_.reset();
    size_ = (size + kAlignment - 1) / kAlignment * kAlignment;
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, size_)));
    if (data_ == nullptr) throw std::bad_alloc();
  }

  std::byte* data() { return data_.get(); }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_.get());
  }

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Free {
    void operator()(std::byte* data) const { std::free(data); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace tconv::support
