#include "support/pipeline.hpp"

#include <mutex>
#include <thread>

namespace tconv::support {

void run_pipeline(const Pipeline& pipeline) {
  std::mutex taking;
  std::vector<std::mutex> alone(pipeline.stages.size());
  const auto serve = [&](int slot) {
    const auto take = [&] {
      const std::lock_guard guard(taking);
      return pipeline.take(slot);
    };
    while (take()) {
      for (std::size_t s = 0; s < pipeline.stages.size(); ++s) {
        std::unique_lock guard(alone[s], std::defer_lock);
        if (pipeline.stages[s].one_at_a_time) guard.lock();
        pipeline.stages[s].work(slot);
      }
    }
  };
  std::vector<std::jthread> others;
  for (int slot = 1; slot < pipeline.slots; ++slot) others.emplace_back(serve, slot);
  serve(0);
}

}  // namespace tconv::support
