// Convolution with output channels in the vector's lanes and single pixels broadcast: x and y are
// read and written where they lie, in any layout, and zeros are skipped, not multiplied. Serves
// both directions. Weights are packed as [group][block of channels][in channel][tap][channel].
#pragma once
#include <memory>
#include <string>

#include "kernels/executor.hpp"

namespace tconv::kernels {

// Takes every problem that is plain (kernels/plain.hpp). Half-precision w, bias and y are taken,
// too, if the elements of x are floats.
std::shared_ptr<const Executor> make_channel_lanes(const Problem& problem, int threads,
                                                   std::int64_t channels_per_bias = 1);

}  // namespace tconv::kernels
