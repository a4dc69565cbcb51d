// Where in a tensor the elements that differ lie.
#pragma once
#include <cstdint>
#include <vector>

#include "io/compare.hpp"

namespace tconv::diff {

// A region that holds every element that differs, and that is notably smaller than the tensor.
struct Pattern {
  enum class Kind {
    Indices,    // of axes[0]: begin to end, the end excluded
    EveryNth,   // of axes[0]: begin, begin + step, ...
    Border,     // within `width` of either end of any of the axes
    Beginning,  // ... of index 0
    End,        // ... of the last index
    Phases,     // of axes[0] and axes[1]: where their indices modulo step are one of `phases`
  };
  Kind kind = Kind::Indices;
  std::vector<int> axes{};
  std::int64_t begin = 0, end = 0, step = 1, width = 0;
  std::vector<Shape> phases{};
};

// None where the elements that differ lie all over the tensor, or are fewer than two. The tensors
// are of one shape, dense and native (io::gathered).
std::vector<Pattern> locate(const io::Tensor& a, const io::Tensor& b,
                            const io::Tolerance& tolerance);

}  // namespace tconv::diff
