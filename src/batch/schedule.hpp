// How many files a batch has in work at once, and on how many threads each.
#pragma once
#include <cstdint>
#include <optional>

#include "batch/chain.hpp"

namespace tconv::batch {

// What inputs of one shape and dtype cost.
struct ChainNeeds {
  std::int64_t shared_bytes = 0;     // weights, as read and packed
  std::int64_t item_bytes = 0;       // of each input in flight: x, what lies between layers, y
  std::int64_t workspace_bytes = 0;  // of each thread that computes
  std::int64_t x_bytes = 0, y_bytes = 0;
  std::int64_t macs = 0;
  DType dtype = DType::Float32;
  Shape y_shape{};
};

// Of x only shape, dtype and layout are looked at. Fails as PreparedChain::make does.
Result<ChainNeeds> needs_of(const Chain& chain, const io::Tensor& x, const PlanOptions& plan);

struct Schedule {
  int jobs = 1;       // files computed at once
  int threads = 1;    // of each
  int in_flight = 1;  // files being read, computed or written; each has buffers of its own
};

std::int64_t schedule_bytes(const Schedule& schedule, const ChainNeeds& needs);

struct ScheduleRequest {
  std::int64_t items = 1;
  ChainNeeds needs{};  // of the largest input
  std::optional<int> jobs{}, threads{};
  int cores = 1;
  std::int64_t max_bytes = 0;
};

// Side by side as long as the files in flight take little memory, else fewer, each split among the
// threads. Fails with TooLarge where even one file at a time takes more than max_bytes.
Result<Schedule> make_schedule(const ScheduleRequest& request);

}  // namespace tconv::batch
