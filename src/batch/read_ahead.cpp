#include "batch/read_ahead.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace tconv::batch {
namespace {

// Slower than this a file cannot have been in memory.
constexpr double kMemorySeconds = 500e-6;
constexpr double kMemoryBytesPerSecond = 1e9;
constexpr int kSlowReads = 3;         // that make it begin
constexpr int kItemsToAskFor = 1000;  // before it shows again whether it is needed

}  // namespace

void ReadAhead::saw_read(double seconds, std::int64_t bytes) {
  if (seconds < kMemorySeconds + static_cast<double>(bytes) / kMemoryBytesPerSecond) {
    slow_in_a_row_.store(0, std::memory_order_relaxed);
  } else if (slow_in_a_row_.fetch_add(1, std::memory_order_relaxed) + 1 >= kSlowReads) {
    left_.store(kItemsToAskFor, std::memory_order_relaxed);
  }
}

bool ReadAhead::wanted() {
  return left_.load(std::memory_order_relaxed) > 0 &&
         left_.fetch_sub(1, std::memory_order_relaxed) > 0;
}

void ReadAhead::ask_for(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;  // said when its turn comes
  posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED);
  close(file);
}

}  // namespace tconv::batch
