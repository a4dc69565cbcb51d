#include "cli/interrupt.hpp"

#include <csignal>

namespace tconv::cli {
namespace {

// All that a signal handler may touch.
std::atomic<bool> flagged{false};
std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  received = signal;
  flagged = true;
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  set_handler(SIGINT, on_signal);
  set_handler(SIGTERM, on_signal);
}

Interrupt::~Interrupt() {
  set_handler(SIGINT, SIG_DFL);
  set_handler(SIGTERM, SIG_DFL);
}

const std::atomic<bool>& Interrupt::flag() const { return flagged; }
int Interrupt::signal() const { return received; }

}  // namespace tconv::cli
