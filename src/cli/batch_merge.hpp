// tconv batch --merge-journals: are all shards through, and nothing twice.
#pragma once
#include "cli/batch_options.hpp"

namespace tconv::cli {

// Returns the exit code: 1 where something is missing or double, and nothing is written then, or
// where items failed.
int merge_journals(const BatchOptions& options);

}  // namespace tconv::cli
