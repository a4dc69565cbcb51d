// The journals of all parts of a batch, put together, after a look that no item is missing from
// them or in two.
#pragma once
#include <string>
#include <vector>

#include "batch/journal.hpp"

namespace tconv::batch {

struct NamedJournal {
  std::string name{};  // how messages call it
  JournalContents contents{};
};

struct MergedJournals {
  JournalHeader header{};               // "shard": "1/1"
  std::vector<JournalEntry> entries{};  // one an input, sorted by it
  std::vector<std::string> problems{};  // what is missing or double; empty where nothing is
};

// Of several lines about one input in one journal the last counts, as when resuming. Fails with
// Usage where the journals are not of one batch: another job, number of items or of parts.
Result<MergedJournals> merge_journals(const std::vector<NamedJournal>& journals);

// Reads and merges the files. Fails also with Input where one is no journal.
Result<MergedJournals> merge_journal_files(const std::vector<std::string>& paths);

// The joint journal, whole or not at all. Fails with Output.
Result<void> write_journal(const MergedJournals& merged, const std::string& path);

}  // namespace tconv::batch
