// Which inputs an output position meets, along one axis: the whole geometry of a convolution.
#pragma once
#include <cstdint>
#include <vector>

#include "problem/borrowed_index.hpp"
#include "tconv/problem.hpp"

namespace tconv::kernels {

struct Tap {
  std::int64_t kernel = 0;  // index into the kernel axis, before any flip
  std::int64_t input = 0;   // index into the input axis, or kPadValue
  friend bool operator==(const Tap&, const Tap&) = default;
};

// The taps of output position p in ascending kernel order; those that meet a zero are left out.
void axis_taps(const Problem& problem, const Axis& axis, std::int64_t p, std::vector<Tap>& taps);

}  // namespace tconv::kernels
