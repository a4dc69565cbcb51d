#include "tconv/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "plan/algorithms.hpp"
#include "problem/flatten.hpp"
#include "support/parallel.hpp"
#include "support/suggest.hpp"

namespace tconv {
namespace {

// Large packed weights lie in huge pages where the system gives them: small pages are scattered,
// and a block of weights then fills some sets of a cache twice and others not at all.
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kAlignment = 64;

}  // namespace

PackedWeights::PackedWeights(std::int64_t bytes) : size_(bytes) {
  if (bytes <= 0) return;
  auto size = static_cast<std::size_t>(bytes);
  const bool huge = size >= kHugePage / 2;
  const std::size_t alignment = huge ? kHugePage : kAlignment;
  size = (size + alignment - 1) / alignment * alignment;
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, size)));
  if (data_ == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (huge) madvise(data_.get(), size, MADV_HUGEPAGE);  // a wish: refusal changes nothing
#endif
}

void PackedWeights::Free::operator()(std::byte* data) const { std::free(data); }

Result<Plan> Plan::make(const Problem& problem, const PlanOptions& options) {
  if (const auto extents = output_extents(problem); !extents) return extents.error();
  if (!is_floating(problem.dtype)) {
    return Error{
        .code = ErrorCode::DTypeMismatch,
        .what = fmt::format("a convolution needs a floating dtype, got {}", name(problem.dtype))};
  }
  PlanOptions settled = options;
  if (settled.threads <= 0) settled.threads = support::machine_threads();

  const Problem flat = flattened(problem);
  Plan plan;
  plan.threads_ = settled.threads;
  for (const plan::Algorithm& algorithm : plan::algorithms()) {
    Candidate candidate{.name = algorithm.name};
    if (!options.algorithm.empty() && options.algorithm != algorithm.name) {
      candidate.reason = "--algorithm names another";
    } else if (algorithm.math == Math::Fast && options.math == Math::Exact) {
      candidate.reason = "rounds differently: needs --math fast";
    } else if (plan.executor_) {
      candidate.reason = fmt::format("{} comes first", plan.algorithm_);
    } else {
      plan::Offer offer = algorithm.offer(flat, settled);
      candidate.reason = std::move(offer.note);
      candidate.accepted = candidate.chosen = offer.executor != nullptr;
      if (candidate.chosen) {
        plan.algorithm_ = algorithm.name;
        plan.executor_ = std::move(offer.executor);
      }
    }
    plan.candidates_.push_back(std::move(candidate));
  }
  if (plan.executor_) return plan;

  const auto names = algorithm_names();
  const auto forced = std::find(names.begin(), names.end(), options.algorithm);
  if (forced == names.end()) {
    return Error{.code = ErrorCode::Usage,
                 .what = fmt::format("there is no algorithm '{}'{}", options.algorithm,
                                     support::did_you_mean(options.algorithm, names)),
                 .hint = fmt::format("there are {}", fmt::join(names, ", "))};
  }
  return Error{.code = ErrorCode::Usage,
               .what = fmt::format(
                   "the algorithm {} does not take this problem: {}", options.algorithm,
                   plan.candidates_[static_cast<std::size_t>(forced - names.begin())].reason)};
}

std::string_view Plan::target() const { return executor_->target(); }
std::int64_t Plan::packed_bytes() const { return executor_->packed_bytes(); }
std::int64_t Plan::workspace_bytes() const { return executor_->workspace_bytes(); }

PackedWeights Plan::pack(const std::byte* w) const {
  PackedWeights packed;
  pack(w, packed);
  return packed;
}

void Plan::pack(const std::byte* w, PackedWeights& packed) const {
  if (packed.size() < packed_bytes()) packed = PackedWeights(packed_bytes());
  if (packed_bytes() > 0) executor_->pack(w, packed.data());
}

void Plan::run(const Operands& operands, const PackedWeights* packed) const {
  if (packed != nullptr || packed_bytes() == 0) {
    executor_->run(operands, packed == nullptr ? nullptr : packed->data());
  } else {
    executor_->run(operands, pack(operands.w).data());
  }
}

std::vector<std::string_view> algorithm_names() {
  std::vector<std::string_view> names;
  for (const plan::Algorithm& algorithm : plan::algorithms()) names.push_back(algorithm.name);
  return names;
}

Result<void> convolve(const Problem& problem, const Operands& operands) {
  const auto plan = Plan::make(problem);
  if (!plan) return plan.error();
  plan->run(operands);
  return {};
}

}  // namespace tconv
