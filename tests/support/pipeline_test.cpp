#include "support/pipeline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace tconv::support {
namespace {

TEST_CASE("pipeline: every item goes through every stage once, in slots of its own") {
  for (const int slots : {1, 2, 5}) {
    CAPTURE(slots);
    constexpr int kItems = 300;
    std::vector<int> item_of(static_cast<std::size_t>(slots), -1), stage_of(kItems, 0);
    std::vector<int> taken;
    std::atomic<int> in_flight{0}, most{0}, alone{0}, met{0};
    int next = 0;
    const auto stage = [&](int number, bool is_alone) {
      return [&, number, is_alone](int slot) {
        const auto item = static_cast<std::size_t>(item_of[static_cast<std::size_t>(slot)]);
        if (is_alone && ++alone > 1) ++met;
        if (stage_of[item]++ != number) ++met;
        std::this_thread::yield();
        if (is_alone) --alone;
        if (number == 2) --in_flight;
      };
    };
    run_pipeline({.slots = slots,
                  .take =
                      [&](int slot) {
                        if (next == kItems) return false;
                        item_of[static_cast<std::size_t>(slot)] = next;
                        taken.push_back(next++);
                        most = std::max(most.load(), ++in_flight);
                        return true;
                      },
                  .stages = {{.work = stage(0, false)},
                             {.work = stage(1, true), .one_at_a_time = true},
                             {.work = stage(2, false)}}});
    CHECK(met == 0);
    CHECK(most <= slots);
    CHECK(taken.size() == kItems);
    CHECK(std::is_sorted(taken.begin(), taken.end()));
    CHECK(stage_of == std::vector<int>(kItems, 3));
  }
}

}  // namespace
}  // namespace tconv::support
