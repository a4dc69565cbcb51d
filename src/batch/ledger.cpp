#include "batch/ledger.hpp"

#include <algorithm>

#include "support/error_name.hpp"

namespace tconv::batch {
namespace {

// A million failures are in the journal; a person reads the first of them.
constexpr std::size_t kMostFailures = 1000;
constexpr std::chrono::seconds kSyncInterval{5};

// Each worker's own, so that its memory is used again.
JournalEntry& blank_entry(const Item& item) {
  thread_local JournalEntry entry;
  entry.input = item.input;
  entry.output = item.output;
  entry.size = item.identity.size;
  entry.mtime_ns = item.identity.mtime_ns;
  entry.hash.clear();
  entry.shape.clear();
  entry.dtype.clear();
  entry.seconds = 0;
  entry.error.reset();
  return entry;
}

}  // namespace

void Ledger::skipped(const Item& item) {
  JournalEntry& entry = blank_entry(item);
  entry.status = ItemStatus::Skipped;
  note_down(entry);
  ++progress_.skipped;
}

void Ledger::done(const Item& item, const ItemResult& result) {
  JournalEntry& entry = blank_entry(item);
  entry.size = result.identity.size;
  entry.mtime_ns = result.identity.mtime_ns;
  entry.hash = result.hash;
  entry.shape = result.y->shape;
  entry.dtype = name(result.y->dtype);
  entry.status = ItemStatus::Done;
  entry.seconds = result.seconds;
  note_down(entry);
  ++progress_.done;
}

void Ledger::failed(std::size_t number, const Item& item, Error error, double seconds) {
  // An error about another file, the output mostly, says so itself.
  if (error.where.empty()) error.where = item.input;
  JournalEntry& entry = blank_entry(item);
  entry.status = ItemStatus::Failed;
  entry.seconds = seconds;
  entry.error = JournalError{
      .code = std::string(support::error_name(error.code)),
      .message = error.where == item.input ? error.what : error.where + ": " + error.what};
  {
    const std::lock_guard guard(failing_);
    if (failures_.size() < kMostFailures) {
      failures_.push_back({.item = number, .error = std::move(error)});
    }
  }
  if (!rules_.continue_on_error) ended_ = true;
  note_down(entry);
  ++progress_.failed;
}

void Ledger::note_down(const JournalEntry& entry) {
  auto added = journal_.add(entry);
  const auto now = std::chrono::steady_clock::now();
  if (added && rules_.sync && now - synced_.load() > kSyncInterval) {
    synced_ = now;
    added = journal_.sync();
  }
  if (added) return;
  const std::lock_guard guard(failing_);
  if (!journal_error_) journal_error_ = added.error();
  ended_ = true;
}

Result<std::vector<Failure>> Ledger::close() {
  // Where a full disk has stopped both, the item's own failure says more than the journal's.
  const bool said = !rules_.continue_on_error && !failures_.empty();
  if (journal_error_ && !said) return *journal_error_;
  if (rules_.sync) {
    if (auto synced = journal_.sync(); !synced && !said) return synced.error();
  }
  std::sort(failures_.begin(), failures_.end(),
            [](const Failure& a, const Failure& b) { return a.item < b.item; });
  return std::move(failures_);
}

}  // namespace tconv::batch
