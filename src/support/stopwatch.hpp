// Wall time between one moment and the next.
#pragma once
#include <chrono>

namespace tconv::support {

class Stopwatch {
 public:
  // Milliseconds since the last call, or since the watch was made.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> passed = now - last_;
    last_ = now;
    return passed.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace tconv::support
