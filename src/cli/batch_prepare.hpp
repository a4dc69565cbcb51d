// What a batch is about to do, settled before any work.
#pragma once
#include <optional>
#include <vector>

#include "batch/run_batch.hpp"
#include "cli/batch_options.hpp"

namespace tconv::cli {

// All that is known before any work.
struct PreparedBatch {
  batch::Chain chain{};
  std::vector<batch::Item> items{};
  std::vector<batch::Fate> fates{};
  batch::JournalHeader header{};
  std::optional<batch::JournalContents> journal_before{};
  batch::ChainNeeds needs{};
  batch::Schedule schedule{};

  std::int64_t memory_bytes() const { return batch::schedule_bytes(schedule, needs); }
};

// Reads the chain, finds the inputs, names their outputs and looks at what is there of an earlier
// run. Nothing is written. Fails with what any of it fails with.
Result<PreparedBatch> prepare_batch(const BatchOptions& options, const BatchMeaning& meaning);

// With what an earlier run of the same job has written, where that is to be gone on with. Fails
// with Output.
Result<batch::Journal> open_journal(const BatchOptions& options, const BatchMeaning& meaning,
                                    const PreparedBatch& prepared);

}  // namespace tconv::cli
