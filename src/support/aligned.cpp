#include "support/aligned.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace tconv::support {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void AlignedBytes::reserve(std::size_t size) {
  if (size <= size_) return;
  data_.reset();
  const bool huge = size >= kHugePage / 2;
  const std::size_t alignment = huge ? kHugePage : kCacheLine;
  size_ = (size + alignment - 1) / alignment * alignment;
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, size_)));
  if (data_ == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (huge) madvise(data_.get(), size_, MADV_HUGEPAGE);  // a wish: refusal changes nothing
#endif
}

void AlignedBytes::Free::operator()(std::byte* data) const { std::free(data); }

}  // namespace tconv::support
