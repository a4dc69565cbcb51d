#include "support/parallel.hpp"

#include <sched.h>

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

// Items from `next` on.
struct Share {
  alignas(64) std::atomic<std::int64_t> next{0};
  std::int64_t end = 0;
};

// One loop, shared by the threads that are in it.
struct Loop {
  Loop(const std::function<void(std::int64_t)>& items, std::int64_t count, std::size_t threads)
      : work(items), look_out(static_cast<int>(threads) <= machine_threads()), shares(threads) {
    const auto parts = static_cast<std::int64_t>(threads);
    for (std::int64_t t = 0; t < parts; ++t) {
      Share& share = shares[static_cast<std::size_t>(t)];
      share.next = t * (count / parts) + std::min(t, count % parts);
      share.end = (t + 1) * (count / parts) + std::min(t + 1, count % parts);
    }
  }

  // A thread's own items lie side by side, so that what neighbours read stays in its caches: 512 to
  // 512 channels at 16x16, transposed, by 2 threads take 3.6 ms so and 4.2 where both have the same
  // weights at a time. Then it helps with the others' shares: a thread that comes late, or runs on
  // a busy core, delays the end by one item only.
  void drain(std::size_t own) {
    for (std::size_t i = 0; i < shares.size(); ++i) {
      Share& share = shares[(own + i) % shares.size()];
      for (std::int64_t item = share.next++; item < share.end; item = share.next++) work(item);
    }
  }

  const std::function<void(std::int64_t)>& work;
  bool look_out;  // false where threads would take the processor from each other
  std::vector<Share> shares;
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

  void call(Loop& loop, std::size_t share) {
    loop_ = &loop;
    share_ = share;
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
        loop_->drain(share_);
        tell(State::Idle);
      } else if (state == State::Ended) {
        return;
      }
    }
  }

  alignas(64) std::atomic<State> state_{State::Idle};
  Loop* loop_ = nullptr;
  std::size_t share_ = 0;
  std::thread thread_;  // last: it begins with the others in place
};

}  // namespace

int machine_threads() {
  static const int kThreads = [] {
#ifdef __linux__
    // A job's share of a machine, by Slurm, taskset or a container, is the processors it may run
    // on.
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
    return static_cast<int>(std::thread::hardware_concurrency());
  }();
  return std::max(1, kThreads);
}

void parallel_for(int threads, std::int64_t count, const std::function<void(std::int64_t)>& work) {
  const auto workers = static_cast<std::size_t>(std::min<std::int64_t>(threads, count));
  if (workers <= 1 || inside_of_loop) {
    for (std::int64_t item = 0; item < count; ++item) work(item);
    return;
  }
  thread_local std::vector<std::unique_ptr<Worker>> others;
  while (others.size() + 1 < workers) others.push_back(std::make_unique<Worker>());
  Loop loop(work, count, workers);
  for (std::size_t i = 0; i + 1 < workers; ++i) others[i]->call(loop, i + 1);
  inside_of_loop = true;
  loop.drain(0);
  inside_of_loop = false;
  for (std::size_t i = 0; i + 1 < workers; ++i) others[i]->dismiss(loop);
}

}  // namespace tconv::support
