// Sizes that a core's caches hold, as the kernels count on them.
#pragma once
#include <cstdint>

namespace tconv::kernels {

// An input up to this size stays in the second cache, where fetching ahead only costs.
inline constexpr std::int64_t kCachedInput = 1 << 20;

}  // namespace tconv::kernels
