// A transposed layer with a large stride and few output channels, as one whose output channels are
// the phases of a row: output s*q + r of the row becomes output q of channel r. With k = s*Q taps
// that is a transposed problem of Q taps and stride 1, and its channels fill the lanes. So an
// inverse short-time Fourier transform (1026 to 1 channel, k1024 s256) is a matrix product.
#pragma once
#include <cstdint>
#include <string>

#include "tconv/problem.hpp"

namespace tconv::kernels {

struct PhaseChannels {
  Problem problem{};
  std::int64_t channels_per_bias = 1;  // neighbouring output channels share one
};

// Why not; empty where the problem is taken.
std::string refuse_phases_as_channels(const Problem& problem);

// The problem is one that is not refused.
PhaseChannels phases_as_channels(const Problem& problem);

}  // namespace tconv::kernels
