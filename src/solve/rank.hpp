// How usual a layer is, and what is to be said against it.
#pragma once
#include <string>
#include <vector>

#include "solve/solve.hpp"

namespace tconv::solve {

// Smaller is more usual: small kernels, no dilation, even pads, a stride near the ratio of sizes, a
// transposed kernel that is a multiple of its stride.
std::int64_t oddity_of(const Question& question, const Solution& solution);

// The share of one axis.
std::int64_t axis_oddity(const AxisQuestion& question, const frameworks::AxisChoice& choice,
                         const Axis& lowered, bool transposed);

// "checkerboard: kernel 3 is no multiple of stride 2"
std::vector<std::string> remarks(const Solution& solution);

}  // namespace tconv::solve
