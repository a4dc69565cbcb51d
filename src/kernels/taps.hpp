// Which inputs an output position meets, along one axis: the whole geometry of a convolution.
#pragma once
#include <cstdint>
#include <vector>

#include "tconv/problem.hpp"

namespace tconv::kernels {

inline constexpr std::int64_t kPadValue = -1;  // Tap::input where Problem::pad_value is read

struct Tap {
  std::int64_t kernel = 0;  // index into the kernel axis, before any flip
  std::int64_t input = 0;   // index into the input axis, or kPadValue
  friend bool operator==(const Tap&, const Tap&) = default;
};

// The input index that a position outside [0, extent) stands for; extent >= 1 and mode is one that
// borrows (reflect, replicate, circular, symmetric). Any distance is legal: mirrors bounce.
std::int64_t borrowed_index(PadMode mode, std::int64_t position, std::int64_t extent);

// The taps of output position p in ascending kernel order; those that meet a zero are left out.
void axis_taps(const Problem& problem, const Axis& axis, std::int64_t p, std::vector<Tap>& taps);

}  // namespace tconv::kernels
