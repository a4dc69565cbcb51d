// How channel-lanes cuts its sums: into parts of the input channels where their weights would not
// stay in a cache, and into regions of outputs.
#pragma once
#include <cstdint>

#include "tconv/problem.hpp"

namespace tconv::kernels {

struct ChannelParts {
  std::int64_t channels = 0;  // of a group that are summed at a time, all where they are few
  std::int64_t work = 0;      // multiply-adds of a channel in a region
};

// Of blocks whose weights for one tap and input channel are so many bytes.
ChannelParts channel_parts(const Problem& problem, std::int64_t tap_bytes);

// Multiply-adds of a channel in a region that sums so many channels whole.
std::int64_t region_work(std::int64_t channels);

}  // namespace tconv::kernels
