// Physical memory, from POSIX.
#include "support/memory.hpp"

#include <unistd.h>

#include <limits>

#include "support/checked.hpp"

namespace tconv::support {

namespace {

std::int64_t ask_system() {
  constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return kUnknown;
  return checked_multiply(pages, page_bytes).value_or(kUnknown);
}

}  // namespace

std::int64_t physical_memory_bytes() {
  static const std::int64_t kBytes = ask_system();
  return kBytes;
}

}  // namespace tconv::support
