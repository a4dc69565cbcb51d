// Sizes of a core's caches, as the kernels and the plan count on them.
#pragma once
#include <cstdint>

namespace tconv::kernels {

// An input up to this size stays in the second cache, where fetching ahead only costs.
inline constexpr std::int64_t kCachedInput = 1 << 20;

// What the first cache for data holds: 32 KiB or, where the system tells, what this processor's
// does.
std::int64_t first_cache_bytes();

// Lines of 64 bytes, so many bytes apart, that a second cache of 1 MiB in 8 ways holds.
constexpr std::int64_t cached_lines_apart(std::int64_t bytes) {
  constexpr std::int64_t kWays = 8, kPeriod = 128 << 10;
  const std::int64_t power = bytes & -bytes;  // the largest power of two that divides it
  return power == 0 || power >= kPeriod ? kWays : kWays * (kPeriod / power);
}

}  // namespace tconv::kernels
