#include "batch/schedule.hpp"

#include <doctest/doctest.h>

namespace tconv::batch {
namespace {

constexpr std::int64_t kMega = 1 << 20;

TEST_CASE("schedule: small files side by side, few or large ones split, memory before both") {
  const ChainNeeds small{.shared_bytes = kMega, .item_bytes = kMega, .workspace_bytes = 1000};
  const ChainNeeds large{.shared_bytes = kMega, .item_bytes = 400 * kMega};
  const std::int64_t much = 100'000 * kMega;
  const struct {
    const char* name;
    ScheduleRequest request;
    Schedule expected;
  } rows[] = {
      {"small", {.items = 1000, .needs = small, .cores = 8, .max_bytes = much}, {8, 1, 9}},
      {"few", {.items = 2, .needs = small, .cores = 8, .max_bytes = much}, {2, 4, 2}},
      {"one", {.items = 1, .needs = small, .cores = 8, .max_bytes = much}, {1, 8, 1}},
      {"large", {.items = 1000, .needs = large, .cores = 8, .max_bytes = much}, {1, 8, 3}},
      {"little memory",
       {.items = 1000, .needs = small, .cores = 8, .max_bytes = 5 * kMega},
       {2, 4, 3}},
      {"very little memory",
       {.items = 1000, .needs = small, .cores = 8, .max_bytes = 2 * kMega + 8000},
       {1, 8, 1}},
      {"--jobs",
       {.items = 1000, .needs = small, .jobs = 3, .cores = 8, .max_bytes = much},
       {3, 2, 4}},
      {"--threads",
       {.items = 1000, .needs = small, .threads = 4, .cores = 8, .max_bytes = much},
       {2, 4, 3}},
      {"both",
       {.items = 1000, .needs = small, .jobs = 20, .threads = 2, .cores = 8, .max_bytes = much},
       {20, 2, 21}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto schedule = make_schedule(row.request);
    REQUIRE(schedule);
    CHECK(schedule->jobs == row.expected.jobs);
    CHECK(schedule->threads == row.expected.threads);
    CHECK(schedule->in_flight == row.expected.in_flight);
    CHECK(schedule_bytes(*schedule, row.request.needs) <= row.request.max_bytes);
  }
  const auto refused = make_schedule({.items = 9, .needs = small, .max_bytes = kMega});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::TooLarge);
}

}  // namespace
}  // namespace tconv::batch
