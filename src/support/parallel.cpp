#include "support/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace tconv::support {
namespace {

// How long a thread looks out for work before it sleeps. To wake one takes 50 microseconds and
// more, as long as a small layer, and layers follow each other faster than this.
constexpr std::chrono::microseconds kLookout{100};

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Until `from` has another value.
template <typename State>
void await_change(const std::atomic<State>& state, State from, bool look_out) {
  constexpr int kLooks = 64;  // between two looks at the clock
  const auto end = std::chrono::steady_clock::now() + kLookout;
  while (look_out && std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < kLooks; ++i) {
      if (state.load(std::memory_order_acquire) != from) return;
      pause();
    }
  }
  while (state.load(std::memory_order_acquire) == from) state.wait(from);
}

// One loop, shared by the threads that are in it.
struct Loop {
  const std::function<void(std::int64_t)>* work = nullptr;
  std::int64_t count = 0;
  bool look_out = true;  // false where threads would take the processor from each other
  // The items are taken from a counter and not split beforehand: a thread that comes late, or runs
  // on a busy core, then delays the end by one item only.
  alignas(64) std::atomic<std::int64_t> next{0};

  void drain() {
    for (std::int64_t item = next++; item < count; item = next++) (*work)(item);
  }
};

thread_local bool inside_of_loop = false;

class Worker {
 public:
  Worker() : thread_([this] { serve(); }) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    tell(State::Ended);
    thread_.join();
  }

  void call(Loop& loop) {
    loop_ = &loop;
    tell(State::Called);
  }

  // Returns when the thread is out of the loop: if it has not come by now, it need not.
  void dismiss(const Loop& loop) {
    State state = State::Called;
    if (state_.compare_exchange_strong(state, State::Idle)) return;
    while (state == State::Running) {
      await_change(state_, State::Running, loop.look_out);
      state = state_.load(std::memory_order_acquire);
    }
  }

 private:
  enum class State : int { Idle, Called, Running, Ended };

  void tell(State state) {
    state_.store(state, std::memory_order_release);
    state_.notify_all();
  }

  void serve() {
    inside_of_loop = true;
    bool look_out = true;
    for (;;) {
      await_change(state_, State::Idle, look_out);
      State state = State::Called;
      if (state_.compare_exchange_strong(state, State::Running)) {
        look_out = loop_->look_out;
        loop_->drain();
        tell(State::Idle);
      } else if (state == State::Ended) {
        return;
      }
    }
  }

  alignas(64) std::atomic<State> state_{State::Idle};
  Loop* loop_ = nullptr;
  std::thread thread_;  // last: it begins with the others in place
};

}  // namespace

int machine_threads() {
  static const int kThreads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return kThreads;
}

void parallel_for(int threads, std::int64_t count, const std::function<void(std::int64_t)>& work) {
  const auto workers = static_cast<std::size_t>(std::min<std::int64_t>(threads, count));
  if (workers <= 1 || inside_of_loop) {
    for (std::int64_t item = 0; item < count; ++item) work(item);
    return;
  }
  thread_local std::vector<std::unique_ptr<Worker>> others;
  while (others.size() + 1 < workers) others.push_back(std::make_unique<Worker>());
  Loop loop{
      .work = &work, .count = count, .look_out = static_cast<int>(workers) <= machine_threads()};
  for (std::size_t i = 0; i + 1 < workers; ++i) others[i]->call(loop);
  inside_of_loop = true;
  loop.drain();
  inside_of_loop = false;
  for (std::size_t i = 0; i + 1 < workers; ++i) others[i]->dismiss(loop);
}

}  // namespace tconv::support
