#include "kernels/pixel_shape.hpp"

#include <algorithm>

#include "kernels/axis_steps.hpp"
#include "kernels/pixel_rows.hpp"
#include "kernels/pixel_tile.hpp"
#include "kernels/rounding.hpp"

namespace tconv::kernels {
namespace {

// As many vectors as the row has, or as tiles of equal width leave.
std::int64_t vectors_of(const AxisMap& row, std::int64_t lanes, std::int64_t most) {
  const std::int64_t row_vectors = quotient_up(quotient_up(row.outputs, row.phases()), lanes);
  return quotient_up(row_vectors, quotient_up(row_vectors, most));
}

// Of the loops for sequences; rows 0 where they do not serve the problem.
SequenceShape shape_in_sequences(std::int64_t channels, const AxisMap& rows, const AxisMap& row,
                                 std::int64_t lanes, int max_sums) {
  const SequenceShape shape = sequence_shape(row.phases(), channels, max_sums);
  if (rows.kernel == 1 || row.phases() == 1 || shape.rows == 0) return {};
  const AxisTiles tiles = AxisTiles::lanes(row, lanes);
  const bool known =
      std::any_of(tiles.steps().begin(), tiles.steps().end(),
                  [&](const AxisSteps& steps) { return sequence_of(steps, row.phases()) >= 0; });
  if (!known || tiles.kernel_per_output() != 1) return {};
  return shape.rows <= rows.outputs ? shape : SequenceShape{};
}

}  // namespace

TileShape pixel_tile_shape(std::int64_t channels, const AxisMap& rows, const AxisMap& row,
                           std::int64_t lanes, int max_sums) {
  TileShape shape{.phases = row.phases()};
  const SequenceShape sequence = shape_in_sequences(channels, rows, row, lanes, max_sums);
  if (sequence.rows > 0) {
    shape.channels = channels;
    shape.rows = sequence.rows;
    shape.vectors = vectors_of(row, lanes, sequence.vectors);
    shape.in_sequences = true;
    return shape;
  }
  const bool strided = row.outputs > 1 && row.input_step() > 1;
  const std::int64_t most_slots = strided ? kMaxStridedSlots : kMaxSlots;
  const std::int64_t most_vectors = strided                        ? kMaxStridedVectors
                                    : channels * shape.phases >= 6 ? 3
                                                                   : kMaxPixelVectors;
  const auto slots = [&](std::int64_t vectors) {
    return std::min<std::int64_t>(most_slots, max_sums / vectors);
  };
  // Few vectors leave room for many slots, and each load then serves many of them.
  shape.vectors = vectors_of(row, lanes, most_vectors);
  while (shape.vectors > 1 && slots(shape.vectors) < shape.phases) --shape.vectors;
  const std::int64_t free = std::max<std::int64_t>(1, slots(shape.vectors) / shape.phases);
  shape.channels = quotient_up(channels, quotient_up(channels, free));
  if (rows.kernel > 1) {
    const std::int64_t most = shape.channels * shape.phases == 1 ? 4 : free;
    shape.rows = std::clamp<std::int64_t>(std::min(most, free / shape.channels), 1, rows.outputs);
  }
  return shape;
}

}  // namespace tconv::kernels
