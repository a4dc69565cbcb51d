// What this machine can do at most, measured: the yardstick of tconv bench.
#pragma once
#include <string>

#include "tconv/dtype.hpp"

namespace tconv::cli {

struct MachineLimits {
  std::string target{};  // the instruction set of the widest vectors
  double flops = 0;      // multiply-adds in registers count two each, all threads, a second
  double bytes = 0;      // read from memory, all threads, a second
};

// Takes about a third of a second. float16 and bfloat16 are summed in float32.
MachineLimits measure_limits(DType dtype, int threads);

}  // namespace tconv::cli
