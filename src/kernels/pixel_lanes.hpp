// Convolution with output pixels in the vector's lanes and single weights broadcast: for rows that
// lie side by side in memory, few channels a group (depthwise, grouped, RGB) and short sums.
// Serves both directions. Weights are read in place.
#pragma once
#include <memory>
#include <string>

#include "kernels/executor.hpp"

namespace tconv::kernels {

// Why the kernel does not take a plain problem; empty where it does.
std::string refuse_pixel_lanes(const Problem& problem);

// The problem is plain (kernels/plain.hpp) and not refused. Half-precision w, bias and y are taken,
// too, if the elements of x are floats.
std::shared_ptr<const Executor> make_pixel_lanes(const Problem& problem, int threads);

}  // namespace tconv::kernels
