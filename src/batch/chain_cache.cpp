#include "batch/chain_cache.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/write.hpp"

namespace tconv::batch {
namespace {

// Enough for a set of a few sizes; of images that are all different none is met again.
constexpr std::size_t kMostChains = 8;

}  // namespace

ChainCache::ChainCache(const Chain& chain, const PlanOptions& plan, const Schedule& schedule,
                       std::int64_t max_bytes)
    : chain_(chain), plan_(plan), schedule_(schedule), max_bytes_(max_bytes) {
  plan_.threads = schedule.threads;
}

Result<std::shared_ptr<const ReadyChain>> ChainCache::ready_for(
    const io::Tensor& x, const std::shared_ptr<const ReadyChain>& last) {
  if (last && last->chain.fits(x)) return last;
  const std::lock_guard guard(changing_);
  const auto found = std::find_if(ready_.begin(), ready_.end(),
                                  [&](const auto& each) { return each->chain.fits(x); });
  if (found != ready_.end()) {
    ready_.splice(ready_.begin(), ready_, found);
    return ready_.front();
  }
  return make(x);
}

Result<std::shared_ptr<const ReadyChain>> ChainCache::make(const io::Tensor& x) {
  auto needs = needs_of(chain_, x, plan_);
  if (!needs) return needs.error();
  if (const std::int64_t bytes = schedule_bytes(schedule_, *needs); bytes > max_bytes_) {
    return Error{
        .code = ErrorCode::TooLarge,
        .where = x.name,
        .what = fmt::format("inputs of shape {} take {} bytes of memory with {} in flight, the "
                            "limit is {}",
                            io::shape_text(x.shape), bytes, schedule_.in_flight, max_bytes_),
        .hint = "--jobs 1 takes less, --max-memory sets the limit"};
  }
  make_room(*needs);
  auto chain = PreparedChain::make(chain_, x,
                                   {.plan = plan_, .reuse = Reuse::Many, .max_bytes = max_bytes_});
  if (!chain) return chain.error();
  if (first_) {
    for (const frameworks::Lowering& lowering : chain->lowerings()) {
      for (const std::string& text : lowering.notes) notes_.push_back(lowering.layer + ": " + text);
    }
  }
  first_ = false;
  io::Tensor y{.dtype = chain->dtype(),
               .shape = chain->y_shape(),
               .strides = io::c_strides(chain->y_shape())};
  std::string header = io::npy_header(y.dtype, y.shape);
  ready_.push_front(
      std::make_shared<const ReadyChain>(ReadyChain{.chain = *std::move(chain),
                                                    .needs = *std::move(needs),
                                                    .y = std::move(y),
                                                    .npy_header = std::move(header)}));
  return ready_.front();
}

std::vector<std::string> ChainCache::notes() {
  const std::lock_guard guard(changing_);
  return notes_;
}

// Forgets what was not used for longest.
void ChainCache::make_room(const ChainNeeds& needs) {
  const auto all_bytes = [&] {
    std::int64_t bytes = schedule_bytes(schedule_, needs);
    for (const auto& each : ready_) bytes += each->needs.shared_bytes;
    return bytes;
  };
  while (!ready_.empty() && (ready_.size() >= kMostChains || all_bytes() > max_bytes_)) {
    ready_.pop_back();
  }
}

}  // namespace tconv::batch
