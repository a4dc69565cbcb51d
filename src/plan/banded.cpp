#include "plan/banded.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>

#include "plan/algorithms.hpp"
#include "support/aligned.hpp"
#include "support/parallel.hpp"
#include "support/stopwatch.hpp"

namespace tconv::plan {
namespace {

constexpr std::int64_t kLeastBandBytes = 128 << 10;
constexpr std::int64_t kBandsPerThread = 16;

bool is_exact(std::string_view algorithm) {
  return std::any_of(algorithms().begin(), algorithms().end(), [&](const Algorithm& known) {
    return known.name == algorithm && known.math == Math::Exact;
  });
}

BandLimits limits_for(std::int64_t y_bytes, int threads, Banded::Goal goal) {
  BandLimits limits{.in_place = goal == Banded::Goal::InPlace};
  if (limits.in_place) limits.piece_bytes = 1;
  limits.band_bytes =
      std::clamp(y_bytes / (kBandsPerThread * threads), kLeastBandBytes, limits.band_bytes);
  return limits;
}

}  // namespace

// What one thread at a time works in.
struct Banded::Workspace {
  std::int64_t block = -1;          // whose weights are packed ...
  const Plan* packed_by = nullptr;  // ... by this plan
  PackedWeights packed{};
  support::AlignedBytes y{};
  Times times{};  // of its bands
};

// Workspaces not in use. One in which a block's weights lie packed goes to a band of that block.
class Banded::Workspaces {
 public:
  std::list<Workspace> take(std::int64_t block) {
    const std::lock_guard lock(mutex_);
    std::list<Workspace> taken;
    auto chosen = std::find_if(free_.begin(), free_.end(),
                               [&](const Workspace& w) { return w.block == block; });
    if (chosen == free_.end()) chosen = free_.begin();
    if (chosen == free_.end()) {
      taken.emplace_back();
    } else {
      taken.splice(taken.begin(), free_, chosen);
    }
    return taken;
  }

  void give_back(std::list<Workspace> taken) {
    const std::lock_guard lock(mutex_);
    free_.splice(free_.begin(), taken);
  }

  // The time of a run, divided.
  Times divided(double wall) const {
    Times sum;
    for (const Workspace& workspace : free_) sum.add(workspace.times);
    const double scale = sum.all() > 0 ? wall / sum.all() : 0;
    return {.pack = sum.pack * scale, .compute = sum.compute * scale, .write = sum.write * scale};
  }

 private:
  std::mutex mutex_;
  std::list<Workspace> free_;
};

std::optional<Banded> Banded::make(const Problem& problem, const Plan& whole,
                                   const PlanOptions& options, Goal goal) {
  const auto cost = cost_of(problem);
  if (!cost || cost->y_bytes == 0 || !is_exact(whole.algorithm())) return std::nullopt;
  auto bands = cut_into_bands(problem, limits_for(cost->y_bytes, whole.threads(), goal));
  if (!bands) return std::nullopt;
  Banded banded;
  banded.element_bytes_ = size_bytes(problem.dtype);
  banded.threads_ = whole.threads();
  for (const Problem& part : bands->problems) {
    auto plan = Plan::make(part, {.algorithm = options.algorithm, .threads = 1});
    if (!plan) return std::nullopt;
    banded.plans_.push_back(std::move(*plan));
  }
  banded.bands_ = *std::move(bands);
  return banded;
}

std::int64_t Banded::workspace_bytes() const {
  std::int64_t largest = 0;
  for (const Plan& plan : plans_) {
    largest = std::max(largest, plan.packed_bytes() + plan.workspace_bytes());
  }
  return threads_ * (largest + bands_.largest * element_bytes_);
}

void Banded::compute(const Band& band, const Operands& operands, std::byte* y,
                     Workspace& own) const {
  const Plan& plan = plans_[band.problem];
  const std::byte* const w = operands.w + band.w * element_bytes_;
  const bool packed = own.block == band.block && own.packed_by == &plan;
  support::Stopwatch watch;
  if (!packed) {
    plan.pack(w, own.packed);
    own.block = band.block;
    own.packed_by = &plan;
  }
  own.times.pack += watch.lap();
  plan.run({.x = operands.x + band.x * element_bytes_,
            .w = w,
            .bias = operands.bias == nullptr ? nullptr : operands.bias + band.bias * element_bytes_,
            .y = y},
           &own.packed);
  own.times.compute += watch.lap();
}

Times Banded::run(const Operands& operands) const {
  support::Stopwatch watch;
  Workspaces workspaces;
  support::parallel_for(
      threads_, static_cast<std::int64_t>(bands_.bands.size()), [&](std::int64_t item) {
        const Band& band = bands_.bands[static_cast<std::size_t>(item)];
        auto own = workspaces.take(band.block);
        compute(band, operands, operands.y + band.y * element_bytes_, own.front());
        workspaces.give_back(std::move(own));
      });
  return workspaces.divided(watch.lap());
}

Result<Times> Banded::run(const Operands& operands, const WriteAt& write) const {
  support::Stopwatch watch;
  Workspaces workspaces;
  std::atomic<bool> stopped{false};
  std::mutex mutex;
  std::optional<Error> error;
  const auto write_band = [&](const Band& band, const std::byte* from) -> Result<void> {
    for (std::int64_t piece = 0; piece < band.pieces; ++piece) {
      const auto put =
          write(from + piece * band.piece * element_bytes_, band.piece * element_bytes_,
                (band.y + piece * band.pitch) * element_bytes_);
      if (!put) return put;
    }
    return {};
  };
  support::parallel_for(
      threads_, static_cast<std::int64_t>(bands_.bands.size()), [&](std::int64_t item) {
        if (stopped) return;
        const Band& band = bands_.bands[static_cast<std::size_t>(item)];
        auto own = workspaces.take(band.block);
        own.front().y.reserve(static_cast<std::size_t>(bands_.largest * element_bytes_));
        compute(band, operands, own.front().y.data(), own.front());
        support::Stopwatch writing;
        const auto written = write_band(band, own.front().y.data());
        own.front().times.write += writing.lap();
        if (!written) {
          const std::lock_guard lock(mutex);
          if (!stopped.exchange(true)) error = written.error();
        }
        workspaces.give_back(std::move(own));
      });
  if (error) return *std::move(error);
  return workspaces.divided(watch.lap());
}

}  // namespace tconv::plan
