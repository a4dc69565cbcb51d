#include "support/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tconv::support {
namespace {

// Every item once, whatever the number of threads.
void check_once(int threads, std::int64_t count) {
  CAPTURE(threads);
  CAPTURE(count);
  std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
  parallel_for(threads, count, [&](std::int64_t item) { ++calls[static_cast<std::size_t>(item)]; });
  for (const auto& times : calls) CHECK(times == 1);
}

TEST_CASE("parallel_for: every item is done once when it returns") {
  for (const int threads : {0, 1, 2, 3, 8}) {
    for (const std::int64_t count : {0, 1, 2, 7, 1000}) check_once(threads, count);
  }
}

// Calls that follow each other at once meet threads in every state: looking out, coming late, not
// yet gone to sleep.
TEST_CASE("parallel_for: many short loops one after another") {
  std::atomic<std::int64_t> sum{0};
  for (int i = 0; i < 20'000; ++i)
    parallel_for(2 + i % 3, 3, [&](std::int64_t item) { sum += item; });
  CHECK(sum == 20'000 * 3);
}

TEST_CASE("parallel_for: a loop after the threads went to sleep") {
  check_once(2, 100);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  check_once(2, 100);
}

// The first item ends with the last of the others, some of which lie beside it.
TEST_CASE("parallel_for: a slow item does not keep those beside it") {
  for (const int threads : {2, 3}) {
    std::atomic<int> others{0};
    parallel_for(threads, 20, [&](std::int64_t item) {
      if (item != 0) ++others;
      while (item == 0 && others != 19) std::this_thread::yield();
    });
    CHECK(others == 19);
  }
}

TEST_CASE("parallel_for: inside of another it runs alone") {
  std::atomic<int> calls{0};
  parallel_for(2, 8, [&](std::int64_t) {
    const auto here = std::this_thread::get_id();
    parallel_for(2, 8, [&](std::int64_t) { calls += here == std::this_thread::get_id(); });
  });
  CHECK(calls == 64);
}

TEST_CASE("parallel_for: several threads have a loop each") {
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back([] { check_once(3, 500); });
  for (std::thread& caller : callers) caller.join();
}

}  // namespace
}  // namespace tconv::support
