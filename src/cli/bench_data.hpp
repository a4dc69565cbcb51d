// Tensors to time a problem on.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tconv/convolve.hpp"

namespace tconv::cli {

// Memory straight from the system and given back to it, so that what is new costs what new memory
// costs. Page-aligned.
class Pages {
 public:
  explicit Pages(std::int64_t bytes);  // throws std::bad_alloc
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();
  std::byte* data() { return data_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// The tensors of a problem: numbers between 1/4 and 1 of either sign, the same on every run, so
// that nothing is zero or denormal. y has been touched.
class BenchData {
 public:
  // The problem has passed cost_of.
  explicit BenchData(const Problem& problem);
  Operands operands();

 private:
  Pages x_, w_, bias_, y_;
  bool has_bias_;
};

}  // namespace tconv::cli
