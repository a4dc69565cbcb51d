// What lies beyond the ends of an input.
#pragma once
#include <cstdint>

#include "tconv/problem.hpp"

namespace tconv {

inline constexpr std::int64_t kPadValue = -1;  // no index: Problem::pad_value is read

// The input index that a position outside [0, extent) stands for, or kPadValue where the mode
// borrows none (zeros, constant); extent >= 1. Any distance is legal: mirrors bounce.
std::int64_t borrowed_index(PadMode mode, std::int64_t position, std::int64_t extent);

}  // namespace tconv
