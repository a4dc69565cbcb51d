#include "plan/algorithms.hpp"

#include <array>

#include "kernels/channel_lanes.hpp"
#include "kernels/pixel_lanes.hpp"
#include "kernels/plain.hpp"
#include "kernels/reference.hpp"

namespace tconv::plan {
namespace {

class ReferenceExecutor final : public kernels::Executor {
 public:
  explicit ReferenceExecutor(const Problem& problem) : problem_(problem) {}
  void run(const Operands& operands, const std::byte*) const override {
    kernels::run_reference(problem_, operands);
  }

 private:
  Problem problem_;
};

Offer offer_reference(const Problem& problem, const PlanOptions&) {
  return {.executor = std::make_shared<ReferenceExecutor>(problem),
          .note = "the formula read off, one output at a time, one thread"};
}

Offer offer_channel_lanes(const Problem& problem, const PlanOptions& options) {
  if (std::string why = kernels::not_plain(problem); !why.empty()) {
    return {.executor = nullptr, .note = std::move(why)};
  }
  return {.executor = kernels::make_channel_lanes(problem, options.threads),
          .note = "output channels in lanes, pixels broadcast, zeros skipped"};
}

Offer offer_pixel_lanes(const Problem& problem, const PlanOptions& options) {
  std::string why = kernels::not_plain(problem);
  if (why.empty()) why = kernels::refuse_pixel_lanes(problem);
  if (!why.empty()) {
    return {.executor = nullptr, .note = std::move(why)};
  }
  if (options.algorithm.empty() && problem.out_channels / problem.groups > 4) {
    return {.executor = nullptr, .note = "many channels"};
  }
  return {.executor = kernels::make_pixel_lanes(problem, options.threads),
          .note = "output pixels in lanes, weights broadcast, zeros skipped"};
}

constexpr std::array kAlgorithms = {
    Algorithm{.name = "pixel-lanes", .math = Math::Exact, .offer = offer_pixel_lanes},
    Algorithm{.name = "channel-lanes", .math = Math::Exact, .offer = offer_channel_lanes},
    Algorithm{.name = "reference", .math = Math::Exact, .offer = offer_reference},
};

}  // namespace

std::span<const Algorithm> algorithms() { return kAlgorithms; }

}  // namespace tconv::plan
