#include "batch/run_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <new>

#include "batch/chain_cache.hpp"
#include "batch/stack_file.hpp"
#include "support/aligned.hpp"
#include "support/digest.hpp"
#include "support/file.hpp"
#include "support/pipeline.hpp"

namespace tconv::batch {
namespace {

using Clock = std::chrono::steady_clock;

// Samples taken at a time are about this much, in and out: more than a thread's caches hold, and
// little enough to keep many in flight.
constexpr std::int64_t kSliceBytes = std::int64_t{8} << 20;

io::Tensor slice_of(const StackFile& file, std::int64_t count) {
  io::Tensor x{.dtype = file.header().dtype,
               .swapped = file.header().swapped,
               .shape = file.slice_shape(count)};
  x.strides = io::c_strides(x.shape);
  return x;
}

// How a stack is cut, and what it comes to.
struct Cut {
  std::int64_t at_a_time = 1;
  ChainNeeds needs{};  // of that many samples
  io::Tensor y{};      // of all of them, without its bytes
  std::string npy_header{};
};

Error not_a_stack(std::string what) {
  return Error{.code = ErrorCode::ShapeMismatch,
               .what = std::move(what),
               .hint =
                   "--stack is for inputs of which any part along the first axis gives that "
                   "part of the result"};
}

Result<Cut> cut_of(const BatchRequest& request, const StackFile& file) {
  io::Tensor all = slice_of(file, file.samples());
  const auto dtype = chain_dtype(request.chain, &all);
  if (!dtype) return dtype.error();
  const auto lowerings = computable_lowerings(request.chain, all, *dtype);
  if (!lowerings) return lowerings.error();
  for (const frameworks::Lowering& lowering : *lowerings) {
    if (lowering.x_layout.starts_with("(N")) continue;
    return not_a_stack(fmt::format("{} reads {} as {}, whose first axis is not the batch",
                                   lowering.layer, io::shape_text(all.shape), lowering.x_layout));
  }
  const auto one = needs_of(request.chain, slice_of(file, 1), request.plan);
  if (!one) return one.error();
  Cut cut{.at_a_time = std::clamp<std::int64_t>(
              kSliceBytes / std::max<std::int64_t>(1, one->x_bytes + one->y_bytes), 1,
              std::max<std::int64_t>(1, file.samples()))};
  auto needs = needs_of(request.chain, slice_of(file, cut.at_a_time), request.plan);
  if (!needs) return needs.error();
  cut.needs = *std::move(needs);

  cut.y = {.dtype = *dtype, .shape = lowerings->back().y_shape};
  Shape expected = one->y_shape;
  if (!expected.empty()) expected[0] = file.samples();
  if (cut.y.shape != expected || one->y_shape[0] != 1) {
    return not_a_stack(fmt::format("one sample gives {}, all of them give {}",
                                   io::shape_text(one->y_shape), io::shape_text(cut.y.shape)));
  }
  cut.npy_header = io::npy_header(cut.y.dtype, cut.y.shape);
  return cut;
}

// Samples in flight.
struct Slot {
  std::int64_t first = 0, count = 0;
  support::AlignedBytes x{}, y{};
  PreparedChain::Buffers buffers{};
  std::shared_ptr<const ReadyChain> ready{};
};

// One stack on its way into one file.
class StackRun {
 public:
  StackRun(const StackFile& file, const Cut& cut, ChainCache& cache, Progress& progress,
           const std::atomic<bool>& stop)
      : file_(file), cut_(cut), cache_(cache), progress_(progress), stop_(stop) {}

  Result<void> run(const BatchRequest& request, const std::string& path) {
    auto output = support::PlacedFile::create(path, request.placement);
    if (!output) return output.error();
    if (auto begun = output->write_at(0, cut_.npy_header); !begun) return begun;
    const Schedule& schedule = request.schedule;
    slots_ = std::vector<Slot>(static_cast<std::size_t>(schedule.in_flight));
    output_ = &*output;
    support::run_pipeline(
        {.slots = schedule.in_flight,
         .take = [this](int slot) { return take(slot); },
         .stages = {{.work = guarded(&StackRun::read)},
                    {.work = guarded(&StackRun::compute), .one_at_a_time = schedule.jobs == 1},
                    {.work = guarded(&StackRun::write)}}});
    if (error_) return *error_;
    if (given_up()) return {};
    return output->place();
  }

  bool given_up() const { return next_ < file_.samples(); }

 private:
  std::function<void(int)> guarded(Result<void> (StackRun::*stage)(Slot&)) {
    return [this, stage](int number) {
      if (failed_) return;
      auto done = (this->*stage)(slots_[static_cast<std::size_t>(number)]);
      if (done) return;
      const std::lock_guard guard(failing_);
      if (!error_) error_ = std::move(done.error());
      failed_ = true;
    };
  }

  bool take(int number) {
    if (stop_ || failed_ || next_ >= file_.samples()) return false;
    Slot& slot = slots_[static_cast<std::size_t>(number)];
    slot.first = next_;
    slot.count = std::min(cut_.at_a_time, file_.samples() - next_);
    next_ += slot.count;
    return true;
  }

  Result<void> read(Slot& slot) {
    io::Tensor x = slice_of(file_, slot.count);
    auto ready = cache_.ready_for(x, slot.ready);
    if (!ready) return ready.error();
    slot.ready = *std::move(ready);
    const std::int64_t bytes = slot.count * file_.sample_bytes();
    try {
      slot.x.reserve(static_cast<std::size_t>(bytes));
      slot.y.reserve(static_cast<std::size_t>(slot.ready->needs.y_bytes));
    } catch (const std::bad_alloc&) {
      return Error{.code = ErrorCode::TooLarge, .what = "there is no memory for its samples"};
    }
    progress_.bytes_in += bytes;
    return file_.read(slot.first, slot.count, slot.x.data());
  }

  Result<void> compute(Slot& slot) {
    io::Tensor x = slice_of(file_, slot.count);
    x.data = {std::shared_ptr<const std::byte>(), slot.x.data()};
    return slot.ready->chain.run(x, slot.y.data(), slot.buffers);
  }

  Result<void> write(Slot& slot) {
    const std::int64_t bytes = slot.ready->needs.y_bytes;
    const std::int64_t sample_bytes = bytes / slot.count;
    progress_.bytes_out += bytes;
    progress_.macs += slot.ready->needs.macs;
    return output_->write_at(
        static_cast<std::int64_t>(cut_.npy_header.size()) + slot.first * sample_bytes,
        {reinterpret_cast<const char*>(slot.y.data()), static_cast<std::size_t>(bytes)});
  }

  const StackFile& file_;
  const Cut& cut_;
  ChainCache& cache_;
  Progress& progress_;
  const std::atomic<bool>& stop_;
  support::PlacedFile* output_ = nullptr;
  std::vector<Slot> slots_{};
  std::int64_t next_ = 0;
  std::atomic<bool> failed_{false};
  std::mutex failing_{};
  std::optional<Error> error_{};
};

Result<std::string> hash_of(const std::string& path) {
  const auto file = support::map_file(path);
  if (!file) return file.error();
  return support::digest_of({reinterpret_cast<const char*>(file->data.get()), file->size_bytes});
}

bool void2(const BatchRequest& request) { return request.chain.dtype == DType::BFloat16; }

bool about_request(ErrorCode code) {
  return code == ErrorCode::Usage || code == ErrorCode::Spec || code == ErrorCode::Unsupported;
}

}  // namespace

Result<ChainNeeds> stack_needs(const BatchRequest& request) {
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    if (request.fates[i] != Fate::Compute) continue;
    const auto file = StackFile::open(request.items[i].input, void2(request));
    if (!file) continue;
    auto cut = cut_of(request, *file);
    if (!cut && about_request(cut.error().code)) return cut.error();
    if (cut) return cut->needs;
  }
  return ChainNeeds{.item_bytes = kSliceBytes};
}

Result<BatchOutcome> run_stacks(const BatchRequest& request, Journal& journal, Progress& progress,
                                const std::atomic<bool>& stop) {
  Ledger ledger({.continue_on_error = request.continue_on_error, .sync = request.placement.sync},
                journal, progress);
  ChainCache cache(request.chain, request.plan, request.schedule, request.max_bytes);
  for (std::size_t i = 0; i < request.items.size() && !stop && !ledger.ended(); ++i) {
    const Item& item = request.items[i];
    if (request.fates[i] == Fate::Skip) ledger.skipped(item);
    if (request.fates[i] == Fate::Done) ++progress.done_before;
    if (request.fates[i] != Fate::Compute) continue;
    const auto start = Clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    const auto fail = [&](const Error& error) { ledger.failed(i, item, error, seconds()); };
    const auto file = StackFile::open(item.input, void2(request));
    if (!file) {
      fail(file.error());
      continue;
    }
    const auto cut = cut_of(request, *file);
    if (!cut) {
      fail(cut.error());
      continue;
    }
    StackRun run(*file, *cut, cache, progress, stop);
    if (auto done = run.run(request, item.output); !done) {
      fail(done.error());
      continue;
    }
    if (run.given_up()) break;
    auto hash = request.hash ? hash_of(item.input) : Result<std::string>(std::string());
    if (!hash) {
      fail(hash.error());
      continue;
    }
    ledger.done(item, {.identity = file->identity(),
                       .hash = *std::move(hash),
                       .y = &cut->y,
                       .seconds = seconds()});
  }
  auto failures = ledger.close();
  if (!failures) return failures.error();
  return BatchOutcome{.failures = *std::move(failures), .notes = cache.notes()};
}

}  // namespace tconv::batch
