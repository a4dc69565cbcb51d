// What becomes of the items of a running batch: journaled, counted, and the failures remembered.
// All of it may be called by several threads at once.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "batch/journal.hpp"
#include "batch/outputs.hpp"
#include "io/tensor.hpp"

namespace tconv::batch {

// How far a batch is: written by the workers, read by whoever shows it.
struct Progress {
  std::atomic<std::int64_t> done{0}, failed{0}, skipped{0}, done_before{0};
  std::atomic<std::int64_t> bytes_in{0}, bytes_out{0}, macs{0};
};

struct Failure {
  std::size_t item = 0;
  Error error{};
};

// What an item has come to.
struct ItemResult {
  FileIdentity identity{};  // of the input as it was read
  std::string hash{};       // of it, where asked for
  const io::Tensor* y = nullptr;
  double seconds = 0;
};

class Ledger {
 public:
  struct Rules {
    bool continue_on_error = false;
    bool sync = false;  // the journal too is on the disk, every few seconds
  };
  Ledger(Rules rules, Journal& journal, Progress& progress)
      : rules_(rules), journal_(journal), progress_(progress) {}

  void skipped(const Item& item);
  void done(const Item& item, const ItemResult& result);
  void failed(std::size_t number, const Item& item, Error error, double seconds);

  // Whether no further item is to be begun: one failed, or the journal cannot be written.
  bool ended() const { return ended_.load(std::memory_order_relaxed); }

  // Once all is through: the first failures, by item; Progress::failed counts all. Fails with
  // Output where the journal could not be written, unless a failure has said why.
  Result<std::vector<Failure>> close();

 private:
  void note_down(const JournalEntry& entry);

  Rules rules_;
  Journal& journal_;
  Progress& progress_;
  std::atomic<bool> ended_{false};
  std::atomic<std::chrono::steady_clock::time_point> synced_{std::chrono::steady_clock::now()};
  std::mutex failing_{};
  std::vector<Failure> failures_{};
  std::optional<Error> journal_error_{};
};

}  // namespace tconv::batch
