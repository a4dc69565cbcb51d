// How much memory this machine has: the line past which a request is refused, not tried.
#pragma once
#include <cstdint>

namespace tconv::support {

// Bytes of physical memory; a huge number where the system does not say.
std::int64_t physical_memory_bytes();

}  // namespace tconv::support
