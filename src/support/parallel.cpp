#include "support/parallel.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace tconv::support {

int machine_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

void parallel_for(int threads, std::int64_t count, const std::function<void(std::int64_t)>& work) {
  const int workers = static_cast<int>(std::min<std::int64_t>(threads, count));
  if (workers <= 1) {
    for (std::int64_t item = 0; item < count; ++item) work(item);
    return;
  }
  // The items are taken from a counter and not split beforehand: a thread that comes late, or runs
  // on a busy core, then delays the end by one item only.
  std::atomic<std::int64_t> next{0};
  const auto drain = [&](int) {
    for (std::int64_t item = next++; item < count; item = next++) work(item);
  };
  // oneTBB warns on stderr where more threads are asked for than this allows.
  using oneapi::tbb::global_control;
  std::optional<global_control> allowed;
  if (workers > machine_threads()) {
    allowed.emplace(global_control::max_allowed_parallelism, static_cast<std::size_t>(workers));
  }
  oneapi::tbb::task_arena arena(workers);
  arena.execute(
      [&] { oneapi::tbb::parallel_for(0, workers, drain, oneapi::tbb::static_partitioner()); });
}

}  // namespace tconv::support
