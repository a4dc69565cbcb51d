// Weights in the order in which channel lanes read them: for every tap of every input channel the
// output channels of a block side by side, the taps in the order of tap_order.hpp. Half precision
// is widened on the way.
//
//   packed[(group.first*I + i*group.count + t) * block + c]     t: number of the tap in its group
#pragma once
#include <algorithm>
#include <vector>

#include "kernels/element.hpp"
#include "kernels/tap_order.hpp"
#include "tconv/problem.hpp"

namespace tconv::kernels {

// Where a block's weights begin and how many there are, in elements of w.
struct WeightBlock {
  std::int64_t first = 0;                  // of output channel 0 and input channel 0
  std::int64_t in_channels = 0;            // in a group
  std::int64_t channels = 0, present = 0;  // of the block, and those that exist
};

// Fills in_channels * taps * channels elements; channels that do not exist get zeros.
template <typename Element>
void pack_channels(const Problem& problem, const TapOrder& order, const WeightBlock& block,
                   const std::byte* w, typename Element::Accumulator* to) {
  using T = typename Element::Accumulator;
  std::vector<std::int64_t> offsets;  // of each tap from the first weight of its input channel
  offsets.reserve(static_cast<std::size_t>(order.count()));
  order.for_each_tap([&](const Box& tap) {
    std::int64_t offset = 0;
    for (std::size_t a = 0; a < kBoxAxes; ++a) {
      const std::int64_t kernel = problem.axes[kFirstBoxAxis + a].kernel;
      const std::int64_t j = problem.flip_kernel ? kernel - 1 - tap[a] : tap[a];
      offset += j * problem.w.axes[kFirstBoxAxis + a];
    }
    offsets.push_back(offset);
  });
  // Of each tap in `to`, and from there to the next input channel's.
  std::vector<std::int64_t> places, steps;
  for (const TapOrder::Group& group : order.groups()) {
    for (std::int64_t t = 0; t < group.count; ++t) {
      places.push_back((group.first * block.in_channels + t) * block.channels);
      steps.push_back(group.count * block.channels);
    }
  }
  const std::int64_t out = problem.w.out * Element::kBytes;
  const std::int64_t in = problem.w.in * Element::kBytes;
  const std::size_t taps = offsets.size();
  for (std::int64_t i = 0; i < block.in_channels; ++i) {
    const std::byte* const of_channel = w + block.first * Element::kBytes + i * in;
    if (problem.w.out == 1) {  // as they are packed
      for (std::size_t t = 0; t < taps; ++t) {
        const std::byte* const from = of_channel + offsets[t] * Element::kBytes;
        T* const row = to + places[t];
        for (std::int64_t c = 0; c < block.present; ++c) {
          row[c] = Element::load(from + c * Element::kBytes);
        }
      }
    } else {  // the taps of an output channel lie together, or close
      for (std::int64_t c = 0; c < block.present; ++c) {
        const std::byte* const from = of_channel + c * out;
        __builtin_prefetch(from + 2 * in);
        for (std::size_t t = 0; t < taps; ++t) {
          to[places[t] + c] = Element::load(from + offsets[t] * Element::kBytes);
        }
      }
    }
    for (std::size_t t = 0; t < taps; ++t) {
      std::fill(to + places[t] + block.present, to + places[t] + block.channels, T{0});
      places[t] += steps[t];
    }
  }
}

}  // namespace tconv::kernels
