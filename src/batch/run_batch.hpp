// Many files through one chain: read, computed and written at the same time, a bounded number of
// them at once.
#pragma once
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "batch/chain.hpp"
#include "batch/journal.hpp"
#include "batch/ledger.hpp"
#include "batch/outputs.hpp"
#include "batch/resume.hpp"
#include "batch/schedule.hpp"
#include "io/write.hpp"
#include "support/placed_file.hpp"

namespace tconv::batch {

struct BatchRequest {
  const Chain& chain;
  std::span<const Item> items{};
  std::span<const Fate> fates{};  // of each item
  PlanOptions plan{};             // but for its threads
  Schedule schedule{};
  std::int64_t max_bytes = 0;
  io::Format format = io::Format::Npy;
  support::Placement placement{};
  bool hash = false;
  bool continue_on_error = false;
};

struct BatchOutcome {
  std::vector<Failure> failures{};   // the first of them, by item; Progress::failed counts all
  std::vector<std::string> notes{};  // of the layers
};

// Returns when all is done, or what was in flight is through after a failure or after `stop`.
// Fails with Output where the journal cannot be written.
Result<BatchOutcome> run_batch(const BatchRequest& request, Journal& journal, Progress& progress,
                               const std::atomic<bool>& stop);

}  // namespace tconv::batch
