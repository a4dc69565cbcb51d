// Files that come soon, asked for from a disk that is slow to give them.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>

namespace tconv::batch {

// Asking for a file costs as much as reading a small one that is in memory already, so it begins
// when reading turns out to be slow.
class ReadAhead {
 public:
  // How many items ahead to ask for.
  static constexpr std::size_t kDistance = 16;

  void saw_read(double seconds, std::int64_t bytes);
  bool wanted();
  static void ask_for(const std::string& path);

 private:
  std::atomic<int> slow_in_a_row_{0}, left_{0};
};

}  // namespace tconv::batch
