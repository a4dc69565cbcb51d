// A problem cut into bands: boxes of y, each a problem of its own, small enough that its outputs
// wait in a core's cache until they are written to a file.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "tconv/problem.hpp"

namespace tconv::plan {

// Bands of one block and problem have the same weights, packed alike, and follow each other.
struct Band {
  std::size_t problem = 0;  // into Bands::problems
  std::int64_t block = 0;
  std::int64_t x = 0, w = 0, bias = 0;  // elements from the whole problem's operands
  // In place, the band's y has the whole's strides and begins at its element `y`. Else it is dense
  // in the order of the whole's axes: `pieces` pieces of `piece` elements, of which the first
  // belongs at that element and each further one `pitch` elements on.
  std::int64_t y = 0, pieces = 1, piece = 0, pitch = 0;
};

struct Bands {
  std::vector<Problem> problems{};  // the different ones
  std::vector<Band> bands{};
  std::int64_t largest = 0;  // elements of y in a band
};

// How large a band may be; all are wishes, which a single row of one channel may exceed.
struct BandLimits {
  std::int64_t band_bytes = 1 << 20;      // of y
  std::int64_t weight_bytes = 512 << 10;  // of a block, if that is several tiles of channels
  std::int64_t piece_bytes = 16 << 10;    // shorter ones cost more to write than to compute
  bool in_place = false;                  // nothing is written in pieces
};

// Bands that tile y; nothing where y is not dense in some order of its axes, or would fall into
// tiny pieces. The bits of y are those of the whole problem: what lies outside a band's part of the
// input reads as it does in the whole. Channels are cut into whole tiles, the outermost axis of
// more than one row where the outside is zeros or one constant. The problem has passed
// output_extents, and y is not empty.
std::optional<Bands> cut_into_bands(const Problem& problem, const BandLimits& limits = {});

}  // namespace tconv::plan
