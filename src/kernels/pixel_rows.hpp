// The loops of pixel_tile.hpp for one channel or three in rows with a stride, where neighbouring
// steps name other phases: the steps of a row of input stand one after the other, with no branch
// between them. 64 to 3 channels at 64x64, k4 s2: 0.33 ms by pixel_tile's runs, 0.26 ms so; to one
// channel at 32x32, 8 images: 0.48 and 0.23 ms.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernels/axis_steps.hpp"
#include "kernels/pixel_tile.hpp"

namespace tconv::kernels {

// The phases that the steps of a row name, in their order: bit f is phase f.
struct PhaseSequence {
  int phases = 1;
  int steps = 0;
  std::array<std::uint8_t, 4> named{};
};

inline constexpr std::array kPhaseSequences = {
    PhaseSequence{2, 3, {2, 3, 1}},     // 4 taps, padding 1: DCGAN, pix2pix
    PhaseSequence{2, 3, {3, 3, 1}},     // 5 taps, padding 2
    PhaseSequence{2, 3, {2, 3, 3}},     // 5 taps, padding 1: TensorFlow's DCGAN
    PhaseSequence{2, 2, {2, 3}},        // 3 taps, padding 1
    PhaseSequence{3, 4, {4, 7, 7, 3}},  // 9 taps, padding 4: FSRCNN x3
    PhaseSequence{4, 3, {15, 15, 1}},   // 9 taps, padding 4: FSRCNN x4
    PhaseSequence{4, 3, {12, 15, 3}},   // 8 taps, padding 2
};

// The number of the sequence of these steps, or -1 where there is none or where their inputs and
// taps do not follow one another as in PixelRow.
int sequence_of(const AxisSteps& steps, std::int64_t phases);

// The rows of a tile of a sequence and its vectors, at most, where so many sums fit; rows 0 where
// there are no loops. Each step costs a load a vector and one a weight, so both are many.
struct SequenceShape {
  int rows = 0, vectors = 1;
};
constexpr SequenceShape sequence_shape(std::int64_t phases, std::int64_t channels, int max_sums) {
  if (channels != 1 && channels != 3) return {};
  const int slots = static_cast<int>(phases * channels);
  SequenceShape shape{.vectors = slots <= 3 ? 4 : slots == 4 ? 3 : 2};
  shape.rows = max_sums / (shape.vectors * slots);
  if (shape.rows > kMaxRange) shape.rows = kMaxRange;
  return shape;
}

template <typename T>
struct PixelRowsKernels {
  // A tile whose steps are of this sequence, as sequence_shape has them; runs are of rows.
  void (*run)(const PixelTile<T>&, int sequence) = nullptr;
};

const PixelRowsKernels<float>& pixel_rows_kernels(float);
const PixelRowsKernels<double>& pixel_rows_kernels(double);

}  // namespace tconv::kernels
