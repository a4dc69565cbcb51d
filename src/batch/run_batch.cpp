#include "batch/run_batch.hpp"

#include <chrono>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

#include "batch/chain_cache.hpp"
#include "batch/input_buffer.hpp"
#include "batch/read_ahead.hpp"
#include "support/digest.hpp"
#include "support/pipeline.hpp"

namespace tconv::batch {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// What one item in flight works in; the next item in the slot finds all memory there.
struct Slot {
  std::size_t item = 0;
  InputBuffer input{};
  PreparedChain::Buffers buffers{};
  support::AlignedBytes output{};  // the file: header and elements
  std::shared_ptr<const ReadyChain> ready{};
  double seconds = 0;
  std::optional<Error> error{};
};

class Run {
 public:
  Run(const BatchRequest& request, Journal& journal, Progress& progress,
      const std::atomic<bool>& stop)
      : request_(request),
        progress_(progress),
        stop_(stop),
        ledger_({.continue_on_error = request.continue_on_error, .sync = request.placement.sync},
                journal, progress),
        cache_(request.chain, request.plan, request.schedule, request.max_bytes),
        slots_(static_cast<std::size_t>(request.schedule.in_flight)) {}

  Result<BatchOutcome> run() {
    const Schedule& schedule = request_.schedule;
    support::run_pipeline(
        {.slots = schedule.in_flight,
         .take = [this](int slot) { return take(slot); },
         .stages = {{.work = timed(&Run::read)},
                    {.work = timed(&Run::compute), .one_at_a_time = schedule.jobs == 1},
                    {.work = timed(&Run::write)}}});
    auto failures = ledger_.close();
    if (!failures) return failures.error();
    return BatchOutcome{.failures = *std::move(failures), .notes = cache_.notes()};
  }

 private:
  // A stage, whose time counts as the item's.
  std::function<void(int)> timed(Result<void> (Run::*stage)(Slot&)) {
    return [this, stage](int number) {
      Slot& slot = slots_[static_cast<std::size_t>(number)];
      if (slot.error) return;
      const auto start = Clock::now();
      auto done = (this->*stage)(slot);
      slot.seconds += Seconds(Clock::now() - start).count();
      const bool last = stage == &Run::write;
      const Item& item = request_.items[slot.item];
      if (!done) {
        slot.error = std::move(done.error());
        ledger_.failed(slot.item, item, *slot.error, slot.seconds);
      } else if (last) {
        settle(slot, item);
      }
    };
  }

  bool take(int number) {
    for (; next_ < request_.items.size(); ++next_) {
      if (stop_.load(std::memory_order_relaxed) || ledger_.ended()) return false;
      if (request_.fates[next_] == Fate::Compute) break;
      if (request_.fates[next_] == Fate::Skip) ledger_.skipped(request_.items[next_]);
      if (request_.fates[next_] == Fate::Done) ++progress_.done_before;
    }
    if (next_ == request_.items.size()) return false;
    Slot& slot = slots_[static_cast<std::size_t>(number)];
    slot.item = next_++;
    slot.seconds = 0;
    slot.error.reset();
    return true;
  }

  Result<void> read(Slot& slot) {
    if (read_ahead_.wanted()) ask_for(slot.item + ReadAhead::kDistance);
    const auto start = Clock::now();
    const bool void2 = request_.chain.dtype == DType::BFloat16;
    if (auto done = slot.input.read(request_.items[slot.item].input, void2); !done) return done;
    const auto bytes = std::int64_t(slot.input.file_bytes().size());
    read_ahead_.saw_read(Seconds(Clock::now() - start).count(), bytes);
    progress_.bytes_in += bytes;
    auto ready = cache_.ready_for(slot.input.tensor(), slot.ready);
    if (!ready) return ready.error();
    slot.ready = *std::move(ready);
    return {};
  }

  void ask_for(std::size_t item) const {
    if (item >= request_.items.size() || request_.fates[item] != Fate::Compute) return;
    ReadAhead::ask_for(request_.items[item].input);
  }

  Result<void> compute(Slot& slot) {
    const std::string& header = slot.ready->npy_header;
    try {
      slot.output.reserve(header.size() + static_cast<std::size_t>(slot.ready->needs.y_bytes));
    } catch (const std::bad_alloc&) {
      return Error{.code = ErrorCode::TooLarge, .what = "there is no memory for its result"};
    }
    std::memcpy(slot.output.data(), header.data(), header.size());
    std::byte* const y = slot.output.data() + header.size();
    return slot.ready->chain.run(slot.input.tensor(), y, slot.buffers);
  }

  Result<void> write(Slot& slot) {
    const std::string& path = request_.items[slot.item].output;
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

  void settle(const Slot& slot, const Item& item) {
    progress_.bytes_out += slot.ready->needs.y_bytes;
    progress_.macs += slot.ready->needs.macs;
    const bool hash = request_.hash;
    ledger_.done(item, {.identity = slot.input.identity(),
                        .hash = hash ? support::digest_of(slot.input.file_bytes()) : std::string(),
                        .y = &slot.ready->y,
                        .seconds = slot.seconds});
  }

  const BatchRequest& request_;
  Progress& progress_;
  const std::atomic<bool>& stop_;
  Ledger ledger_;
  ChainCache cache_;
  ReadAhead read_ahead_{};
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

}  // namespace

Result<BatchOutcome> run_batch(const BatchRequest& request, Journal& journal, Progress& progress,
                               const std::atomic<bool>& stop) {
  return Run(request, journal, progress, stop).run();
}

}  // namespace tconv::batch
