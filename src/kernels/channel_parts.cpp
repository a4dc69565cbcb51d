#include "kernels/channel_parts.hpp"

#include <algorithm>

#include "kernels/rounding.hpp"

namespace tconv::kernels {
namespace {

// Multiply-adds of one vector in one item of work: some 100 microseconds.
constexpr std::int64_t kItemWork = 200'000;
// Weights of one block beyond this size would be fetched from afar for every tile. Input channels
// are then summed in parts, each over so many pixels: 2048 to 256 channels at 33x33, dilation 12,
// on a Xeon with 2 MiB of second cache in 78 ms without parts, in 47 to 52 in parts of 1 MiB to
// 64 KiB over 224 pixels, 44 to 47 over 448. Smaller weights gain nothing by it.
constexpr std::int64_t kFarWeights = 1 << 20, kPartWeights = 256 << 10;
constexpr std::int64_t kPartPixels = 448;

// Taps that an output meets, at most; kMany stands for more.
std::int64_t taps_of_output(const Problem& problem) {
  constexpr std::int64_t kMany = 1 << 30;
  std::int64_t taps = 1;
  for (const Axis& axis : problem.axes) {
    const bool phases = problem.direction == Direction::Transposed;
    const std::int64_t each = phases ? quotient_up(axis.kernel, axis.stride) : axis.kernel;
    taps = std::min(taps * std::min(each, kMany), kMany);
  }
  return taps;
}

}  // namespace

std::int64_t region_work(std::int64_t channels) {
  return kItemWork / std::max<std::int64_t>(1, 2 * channels);
}

ChannelParts channel_parts(const Problem& problem, std::int64_t tap_bytes) {
  const std::int64_t channels = problem.in_channels / problem.groups;
  const std::int64_t taps = taps_of_output(problem), bytes = taps * tap_bytes;
  if (bytes <= kFarWeights / std::max<std::int64_t>(1, channels)) {
    return {.channels = channels, .work = region_work(channels)};
  }
  const std::int64_t most = std::max<std::int64_t>(1, kPartWeights / bytes);
  const std::int64_t of_part = quotient_up(channels, quotient_up(channels, most));
  if (of_part == channels) return {.channels = channels, .work = region_work(channels)};
  return {.channels = of_part, .work = kPartPixels * taps};
}

}  // namespace tconv::kernels
