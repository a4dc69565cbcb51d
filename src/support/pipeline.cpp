#include "support/pipeline.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <mutex>
#include <optional>

#include "support/parallel.hpp"

namespace tconv::support {
namespace {

// The slots that no item is in. As many are in use as there are tokens in oneTBB's pipeline, so one
// is free whenever an item is taken.
class FreeSlots {
 public:
  explicit FreeSlots(int count) {
    for (int slot = count; slot-- > 0;) free_.push_back(slot);
  }
  int take() {
    const std::lock_guard guard(changing_);
    const int slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(int slot) {
    const std::lock_guard guard(changing_);
    free_.push_back(slot);
  }

 private:
  std::mutex changing_{};
  std::vector<int> free_{};
};

}  // namespace

void run_pipeline(const Pipeline& pipeline) {
  namespace tbb = oneapi::tbb;
  FreeSlots slots(pipeline.slots);
  tbb::filter<void, int> chain = tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                                             [&](tbb::flow_control& control) {
                                                               const int slot = slots.take();
                                                               if (pipeline.take(slot)) return slot;
                                                               slots.give_back(slot);
                                                               control.stop();
                                                               return 0;
                                                             });
  for (const PipelineStage& stage : pipeline.stages) {
    const auto mode =
        stage.one_at_a_time ? tbb::filter_mode::serial_out_of_order : tbb::filter_mode::parallel;
    chain = chain & tbb::make_filter<int, int>(mode, [&stage](int slot) {
              stage.work(slot);
              return slot;
            });
  }
  const auto all = chain & tbb::make_filter<int, void>(tbb::filter_mode::parallel,
                                                       [&](int slot) { slots.give_back(slot); });

  // oneTBB warns on stderr where more threads are asked for than this allows.
  std::optional<tbb::global_control> allowed;
  if (pipeline.threads > machine_threads()) {
    allowed.emplace(tbb::global_control::max_allowed_parallelism,
                    static_cast<std::size_t>(pipeline.threads));
  }
  tbb::task_arena arena(pipeline.threads);
  arena.execute([&] { tbb::parallel_pipeline(static_cast<std::size_t>(pipeline.slots), all); });
}

}  // namespace tconv::support
