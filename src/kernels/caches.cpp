#include "kernels/caches.hpp"

#include <unistd.h>

#include <algorithm>

namespace tconv::kernels {

std::int64_t first_cache_bytes() {
  constexpr std::int64_t kLeast = 32 << 10;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  return std::max<std::int64_t>(kLeast, sysconf(_SC_LEVEL1_DCACHE_SIZE));
#else
  return kLeast;
#endif
}

}  // namespace tconv::kernels
