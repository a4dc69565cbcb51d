// A problem cut into bands of outputs along one axis, each a problem of its own over the part of
// the input that it meets.
#pragma once
#include <cstdint>
#include <vector>

#include "tconv/problem.hpp"

namespace tconv::kernels {

// Outputs [first, first + count) along the axis meet inputs [input, input + axis.input) and no
// others; `axis` is the axis of the band's own problem.
struct Band {
  std::int64_t first = 0, count = 0;
  std::int64_t input = 0;
  Axis axis;
};

// Bands of up to `count` outputs. An axis padded with zeros, or a transposed one.
std::vector<Band> zero_padded_bands(Direction direction, const Axis& axis, std::int64_t outputs,
                                    std::int64_t count);

// The same for an axis whose padding is copied with the input: `input` counts from the first padded
// element, and the band's own axis is not padded.
std::vector<Band> copied_bands(const Axis& axis, std::int64_t outputs, std::int64_t count);

}  // namespace tconv::kernels
