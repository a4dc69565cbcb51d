// The problems that the fast kernels take as they are.
#pragma once
#include <string>

#include "tconv/problem.hpp"

namespace tconv::kernels {

// Whether y has no elements.
bool is_empty(const Problem& problem);

// Whether padding is more than zeros, which kernels skip: it is copied with the input.
inline bool copies_padding(const Problem& problem) {
  return problem.direction == Direction::Forward && problem.pad_mode != PadMode::Zeros;
}

// Why the problem is not plain; empty where it is: something to compute, at most three axes, zeros
// outside the input, elements that are summed in their own type.
std::string not_plain(const Problem& problem);

}  // namespace tconv::kernels
