// What the elements of a tensor are like, found in one pass and in bounded memory.
#pragma once
#include <cstdint>
#include <string>

#include "io/tensor.hpp"

namespace tconv::io {

struct Statistics {
  std::int64_t elements = 0;
  std::int64_t zeros = 0, nan = 0;
  std::int64_t positive_infinite = 0, negative_infinite = 0;
  // Over the finite elements; of no meaning where there are none. Integers are exact in min and
  // max.
  std::int64_t finite = 0;
  long double min = 0, max = 0;
  double mean = 0;
  double standard_deviation = 0;  // of the population: divided by their number, as numpy.std
};

// Of a tensor in any order of axes and bytes. Pages of a mapped file are dropped on the way.
// Sums are Welford's, in double, for float64 and 64-bit integers in long double: no digits are lost
// to a large mean, and nothing overflows.
Statistics statistics(const Tensor& tensor);

// A value of the tensor's own as its dtype prints it: min or max.
std::string element_text(DType dtype, long double value);

}  // namespace tconv::io
