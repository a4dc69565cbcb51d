// Stacks: .npy files whose first axis is the batch, larger than memory, taken a few samples at a
// time into one output file each.
#pragma once
#include "batch/run_batch.hpp"

namespace tconv::batch {

// What the samples taken at a time from the first readable stack take; of the request, its schedule
// is not looked at. Fails where what is wrong is the request and not a file.
Result<ChainNeeds> stack_needs(const BatchRequest& request);

// As run_batch, one file at a time, whose samples are in flight. A stack that `stop` meets halfway
// is given up.
Result<BatchOutcome> run_stacks(const BatchRequest& request, Journal& journal, Progress& progress,
                                const std::atomic<bool>& stop);

}  // namespace tconv::batch
