#include "kernels/band.hpp"

#include <algorithm>

#include "kernels/axis_map.hpp"

namespace tconv::kernels {
namespace {

std::int64_t reach(const Axis& axis) { return (axis.kernel - 1) * axis.dilation; }

// Input positions are those of the dilated input.
Band forward_band(const Axis& axis, std::int64_t first, std::int64_t count) {
  const std::int64_t low = first * axis.stride - axis.begin;
  const std::int64_t high = (first + count - 1) * axis.stride - axis.begin + reach(axis);
  // Whole inputs inside [low, high].
  const std::int64_t input =
      std::clamp<std::int64_t>(-floor_divide(-low, axis.input_dilation), 0, axis.input - 1);
  const std::int64_t last =
      std::clamp<std::int64_t>(floor_divide(high, axis.input_dilation), input, axis.input - 1);
  Band band{.first = first, .count = count, .input = input, .axis = axis};
  band.axis.input = last - input + 1;
  band.axis.begin = input * axis.input_dilation - low;
  band.axis.end = high - last * axis.input_dilation;
  return band;
}

Band transposed_band(const Axis& axis, std::int64_t first, std::int64_t count) {
  const std::int64_t low = first + axis.begin;  // in the full result
  const std::int64_t high = low + count - 1;
  const std::int64_t input =
      std::clamp<std::int64_t>(-floor_divide(-(low - reach(axis)), axis.stride), 0, axis.input - 1);
  const std::int64_t last =
      std::clamp<std::int64_t>(floor_divide(high, axis.stride), input, axis.input - 1);
  Band band{.first = first, .count = count, .input = input, .axis = axis};
  band.axis.input = last - input + 1;
  band.axis.begin = low - input * axis.stride;
  band.axis.end = (last - input) * axis.stride + reach(axis) + 1 - band.axis.begin - count;
  return band;
}

}  // namespace

std::vector<Band> zero_padded_bands(Direction direction, const Axis& axis, std::int64_t outputs,
                                    std::int64_t count) {
  std::vector<Band> bands;
  for (std::int64_t first = 0; first < outputs; first += count) {
    const std::int64_t here = std::min(count, outputs - first);
    bands.push_back(direction == Direction::Forward ? forward_band(axis, first, here)
                                                    : transposed_band(axis, first, here));
  }
  return bands;
}

std::vector<Band> copied_bands(const Axis& axis, std::int64_t outputs, std::int64_t count) {
  std::vector<Band> bands;
  for (std::int64_t first = 0; first < outputs; first += count) {
    const std::int64_t here = std::min(count, outputs - first);
    Band band{.first = first, .count = here, .input = first * axis.stride, .axis = axis};
    band.axis.input = (here - 1) * axis.stride + reach(axis) + 1;
    band.axis.begin = band.axis.end = 0;
    bands.push_back(band);
  }
  return bands;
}

}  // namespace tconv::kernels
