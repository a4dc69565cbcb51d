// Memory with unmapped pages on both sides, so that a read or write beyond it ends the program.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <stdexcept>

namespace tconv::test {

enum class Flush { Left, Right };  // against which of the guard pages

class GuardedPages {
 public:
  explicit GuardedPages(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    size_ = (bytes + page - 1) / page * page;
    mapped_ = size_ + 2 * page;
    map_ = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map_ == MAP_FAILED) throw std::runtime_error("no address space");
    begin_ = static_cast<std::byte*>(map_) + page;
    if (mprotect(begin_, size_, PROT_READ | PROT_WRITE) != 0) throw std::runtime_error("mprotect");
  }
  ~GuardedPages() { munmap(map_, mapped_); }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  std::size_t size() const { return size_; }

  // `bytes` bytes at one end, `gap` bytes away from its guard page.
  std::byte* place(std::size_t bytes, Flush flush, std::size_t gap) const {
    if (bytes + gap > size_) throw std::runtime_error("too large for its pages");
    return flush == Flush::Left ? begin_ + gap : begin_ + (size_ - bytes - gap);
  }

 private:
  std::size_t size_ = 0, mapped_ = 0;
  void* map_ = nullptr;
  std::byte* begin_ = nullptr;
};

}  // namespace tconv::test
