// Why two tensors differ: what has to be done to one of them so that they do not.
#pragma once
#include <cstdint>
#include <vector>

#include "io/compare.hpp"

namespace tconv::diff {

enum class Side { A, B };

struct Step {
  enum class Kind {
    EqualNan,   // take NaN for equal to NaN
    Reshape,    // to the shape `by`
    Cut,        // to `by[axis] : end[axis]` along each axis
    Transpose,  // numpy's transpose(axes)
    Reverse,    // along axes
    Order,      // along axes[0]: index i takes what is at by[i]
    Shift,      // by `by` elements along axes, towards higher indices
    Round,      // to dtype and back
    Rounded,    // nothing is done: `side` was rounded to dtype, and is equal as far as that lets it
    Scale,      // multiply by values[0], or by values[i] at index i of axes[0]
    Add,        // the same with adding
  };
  Kind kind = Kind::Reshape;
  Side side = Side::B;
  std::vector<int> axes{};
  Shape by{}, end{};
  DType dtype = DType::Float16;
  std::vector<double> values{};
};

struct Diagnosis {
  std::vector<Step> steps{};    // done in this order, A and B are equal; empty: nothing found
  std::int64_t compared = 0;    // elements of A that have a counterpart after the steps
  std::int64_t elements = 0;    // of A
  std::int64_t hypotheses = 0;  // tried
  bool complete = true;         // false: there were more, but the work was at its limit
};

// Tries shifts of up to kLargestShift elements along up to three axes, reversed axes, permuted
// axes, re-ordered indices along an axis, rounding to float16 and bfloat16, a factor and a constant
// (one for all elements, or one for each index of an axis), the simpler first, then pairs of them.
// Of shapes that differ: a reshape, or a cut of up to kLargestShift elements an axis, and one more
// of these. Holds no more than the tensors in memory, and compares at most some 2^28 elements or
// those of the tensors 64 times, whichever is more. Tensors of more than kMaxRank axes are only
// tried for what leaves the indices alone. Fails with TooLarge.
inline constexpr std::int64_t kLargestShift = 4;
inline constexpr int kMaxRank = 8;
Result<Diagnosis> diagnose(const io::Tensor& a, const io::Tensor& b,
                           const io::Tolerance& tolerance);

}  // namespace tconv::diff
