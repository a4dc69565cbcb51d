// Ctrl-C and SIGTERM as a wish to end soon.
#pragma once
#include <atomic>

namespace tconv::cli {

// While one exists, the first of these signals sets flag(); a second one ends the process at once.
// Only one may exist.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  const std::atomic<bool>& flag() const;
  int signal() const;  // 0 where none came
};

}  // namespace tconv::cli
