#include "batch/run_batch.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

#include "batch/chain_cache.hpp"
#include "batch/input_buffer.hpp"
#include "batch/read_ahead.hpp"
#include "support/digest.hpp"
#include "support/error_name.hpp"
#include "support/pipeline.hpp"

namespace tconv::batch {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// A million failures are in the journal; a person reads the first of them.
constexpr std::size_t kMostFailures = 1000;
constexpr std::chrono::seconds kSyncInterval{5};

// What one item in flight works in; the next item in the slot finds all memory there.
struct Slot {
  std::size_t item = 0;
  InputBuffer input{};
  PreparedChain::Buffers buffers{};
  support::AlignedBytes output{};  // the file: header and elements
  std::shared_ptr<const ReadyChain> ready{};
  JournalEntry entry{};
  double seconds = 0;
  std::optional<Error> error{};
};

class Run {
 public:
  Run(const BatchRequest& request, Journal& journal, Progress& progress,
      const std::atomic<bool>& stop)
      : request_(request),
        journal_(journal),
        progress_(progress),
        stop_(stop),
        cache_(request.chain, request.plan, request.schedule, request.max_bytes),
        slots_(static_cast<std::size_t>(request.schedule.in_flight)) {}

  Result<BatchOutcome> run() {
    const auto timed = [this](void (Run::*stage)(Slot&)) {
      return [this, stage](int number) {
        Slot& slot = slots_[static_cast<std::size_t>(number)];
        const auto start = Clock::now();
        (this->*stage)(slot);
        slot.seconds += Seconds(Clock::now() - start).count();
      };
    };
    const Schedule& schedule = request_.schedule;
    support::run_pipeline(
        {.threads = schedule.in_flight,
         .slots = schedule.in_flight,
         .take = [this](int slot) { return take(slot); },
         .stages = {{.work = timed(&Run::read)},
                    {.work = timed(&Run::compute), .one_at_a_time = schedule.jobs == 1},
                    {.work = timed(&Run::write)},
                    {.work = [this](int slot) { settle(slot); }}}});
    // Where a full disk has stopped both, the item's own failure says more than the journal's.
    const bool item_stopped_it = !request_.continue_on_error && !outcome_.failures.empty();
    if (fatal_ && !item_stopped_it) return *fatal_;
    if (request_.placement.sync) {
      if (auto synced = journal_.sync(); !synced) return synced.error();
    }
    std::sort(outcome_.failures.begin(), outcome_.failures.end(),
              [](const Failure& a, const Failure& b) { return a.item < b.item; });
    return std::move(outcome_);
  }

 private:
  bool take(int number) {
    for (; next_ < request_.items.size(); ++next_) {
      if (stop_.load(std::memory_order_relaxed) || failed_.load(std::memory_order_relaxed)) {
        return false;
      }
      const Fate fate = request_.fates[next_];
      if (fate == Fate::Compute) break;
      if (fate == Fate::Done) {
        ++progress_.done_before;
      } else {
        ++progress_.skipped;
        const Item& item = request_.items[next_];
        note_down({.input = item.input,
                   .size = item.identity.size,
                   .mtime_ns = item.identity.mtime_ns,
                   .output = item.output,
                   .status = ItemStatus::Skipped});
      }
    }
    if (next_ == request_.items.size()) return false;
    Slot& slot = slots_[static_cast<std::size_t>(number)];
    slot.item = next_++;
    slot.seconds = 0;
    slot.error.reset();
    return true;
  }

  void read(Slot& slot) {
    const std::string& path = request_.items[slot.item].input;
    if (read_ahead_.wanted()) ask_for(slot.item + ReadAhead::kDistance);
    const auto start = Clock::now();
    const bool void2 = request_.chain.dtype == DType::BFloat16;
    if (auto done = slot.input.read(path, void2); !done) return fail(slot, done.error());
    const auto bytes = std::int64_t(slot.input.file_bytes().size());
    read_ahead_.saw_read(Seconds(Clock::now() - start).count(), bytes);
    progress_.bytes_in += bytes;
    auto ready = cache_.ready_for(slot.input.tensor(), slot.ready);
    if (!ready) return fail(slot, ready.error());
    slot.ready = *std::move(ready);
  }

  void ask_for(std::size_t item) const {
    if (item >= request_.items.size() || request_.fates[item] != Fate::Compute) return;
    ReadAhead::ask_for(request_.items[item].input);
  }

  void compute(Slot& slot) {
    if (slot.error) return;
    const std::string& header = slot.ready->npy_header;
    try {
      slot.output.reserve(header.size() + static_cast<std::size_t>(slot.ready->needs.y_bytes));
    } catch (const std::bad_alloc&) {
      return fail(slot, {.code = ErrorCode::TooLarge, .what = "there is no memory for its result"});
    }
    std::memcpy(slot.output.data(), header.data(), header.size());
    std::byte* const y = slot.output.data() + header.size();
    if (auto done = slot.ready->chain.run(slot.input.tensor(), y, slot.buffers); !done) {
      fail(slot, done.error());
    }
  }

  void write(Slot& slot) {
    if (slot.error) return;
    if (auto written = put(slot, request_.items[slot.item].output); !written) {
      fail(slot, written.error());
    }
  }

  Result<void> put(Slot& slot, const std::string& path) {
    const std::string& header = slot.ready->npy_header;
    if (request_.format != io::Format::Npy) {
      io::Tensor y = slot.ready->y;
      y.data = {std::shared_ptr<const std::byte>(), slot.output.data() + header.size()};
      return io::write_tensor(y, path, request_.format);
    }
    auto file = support::PlacedFile::create(path, request_.placement);
    if (!file) return file.error();
    const std::size_t bytes = header.size() + static_cast<std::size_t>(slot.ready->needs.y_bytes);
    auto written = file->write_at(0, {reinterpret_cast<const char*>(slot.output.data()), bytes});
    return written ? file->place() : written;
  }

  // Says what became of the item.
  void settle(int number) {
    Slot& slot = slots_[static_cast<std::size_t>(number)];
    const Item& item = request_.items[slot.item];
    JournalEntry& entry = slot.entry;
    entry.input = item.input;
    entry.output = item.output;
    entry.seconds = slot.seconds;
    entry.error.reset();
    entry.hash.clear();
    if (slot.error) {
      const Error& error = *slot.error;
      entry.size = item.identity.size;
      entry.mtime_ns = item.identity.mtime_ns;
      entry.status = ItemStatus::Failed;
      entry.shape.clear();
      entry.dtype.clear();
      entry.error = JournalError{.code = std::string(support::error_name(error.code)),
                                 .message = error.where.empty() || error.where == item.input
                                                ? error.what
                                                : error.where + ": " + error.what};
    } else {
      entry.size = slot.input.identity().size;
      entry.mtime_ns = slot.input.identity().mtime_ns;
      if (request_.hash) entry.hash = support::digest_of(slot.input.file_bytes());
      entry.status = ItemStatus::Done;
      entry.shape = slot.ready->y.shape;
      entry.dtype = name(slot.ready->y.dtype);
    }
    note_down(entry);
    slot.error ? count_failure(slot) : count_success(slot);
  }

  void count_success(const Slot& slot) {
    progress_.bytes_out += slot.ready->needs.y_bytes;
    progress_.macs += slot.ready->needs.macs;
    if (progress_.done++ != 0) return;
    for (const frameworks::Lowering& lowering : slot.ready->chain.lowerings()) {
      for (const std::string& text : lowering.notes) {
        outcome_.notes.push_back(lowering.layer + ": " + text);
      }
    }
  }

  void count_failure(const Slot& slot) {
    ++progress_.failed;
    const std::lock_guard guard(failing_);
    if (outcome_.failures.size() < kMostFailures) {
      outcome_.failures.push_back({.item = slot.item, .error = *slot.error});
    }
    if (!request_.continue_on_error) failed_ = true;
  }

  void fail(Slot& slot, Error error) {
    // The journal and the table say which input it is; an error about another file says so itself.
    if (error.where.empty()) error.where = request_.items[slot.item].input;
    slot.error = std::move(error);
  }

  void note_down(const JournalEntry& entry) {
    auto added = journal_.add(entry);
    if (added && request_.placement.sync && Clock::now() - synced_.load() > kSyncInterval) {
      synced_ = Clock::now();
      added = journal_.sync();
    }
    if (added) return;
    const std::lock_guard guard(failing_);
    if (!fatal_) fatal_ = added.error();
    failed_ = true;
  }

  const BatchRequest& request_;
  Journal& journal_;
  Progress& progress_;
  const std::atomic<bool>& stop_;
  ChainCache cache_;
  ReadAhead read_ahead_{};
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
  std::atomic<bool> failed_{false};  // no further items
  std::atomic<Clock::time_point> synced_{Clock::now()};
  std::mutex failing_{};
  std::optional<Error> fatal_{};
  BatchOutcome outcome_{};
};

}  // namespace

Result<BatchOutcome> run_batch(const BatchRequest& request, Journal& journal, Progress& progress,
                               const std::atomic<bool>& stop) {
  return Run(request, journal, progress, stop).run();
}

}  // namespace tconv::batch
