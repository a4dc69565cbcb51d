#include "plan/algorithms.hpp"

#include <algorithm>
#include <array>

#include "kernels/caches.hpp"
#include "kernels/channel_lanes.hpp"
#include "kernels/depthwise.hpp"
#include "kernels/gathered.hpp"
#include "kernels/panels.hpp"
#include "kernels/phase_channels.hpp"
#include "kernels/pixel_lanes.hpp"
#include "kernels/plain.hpp"
#include "kernels/reference.hpp"
#include "kernels/rounding.hpp"
#include "kernels/slab.hpp"
#include "kernels/winograd.hpp"
#include "problem/flatten.hpp"

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

// Channels a multiple of this apart share a set of a first-level cache, which holds 8 to 12 lines
// of 64 bytes: pixels of more channels than that push one another out.
constexpr std::int64_t kSetPeriodBytes = 4096, kLinesOfSet = 16;

bool shares_cache_sets(const Problem& problem) {
  return problem.in_channels / problem.groups > kLinesOfSet &&
         problem.x.channel * size_bytes(problem.dtype) % kSetPeriodBytes == 0;
}

// Pixels a multiple of this apart lie in two sets of such a cache, or one; a tile of 14 pixels and
// its taps meets more lines than these hold. Copied apart, 512 to 512 channels at 7x7, 3x3, take
// 1.80 ms for 2.35; 2048 to 256 at 33x33, dilation 12, 77 ms for 250.
constexpr std::int64_t kCrowdedPixelBytes = 2048;

// Why pixels of channels side by side had better be copied; empty where they are read in place.
std::string why_copy_pixels(const Problem& problem) {
  std::int64_t pixels = 1;
  for (const Axis& axis : problem.axes) pixels *= axis.input;
  if (problem.x.channel != 1 || pixels == 1 || problem.in_channels == 1) return {};
  const bool depthwise =
      problem.in_channels == problem.groups && problem.out_channels == problem.groups;
  if (depthwise) return {};
  // Pixels go into the lanes then: 64 to 3 channels at 32x32, k5 s2, 0.14 ms for 0.70, 512 to one
  // at 28x28, 1x1, 0.11 for 0.18.
  if (problem.out_channels / problem.groups <= kernels::kFewChannels) {
    return "pixels fill the lanes better, once copied";
  }
  const std::int64_t pixel = problem.x.axes[kMaxAxes - 1] * size_bytes(problem.dtype);
  return pixel % kCrowdedPixelBytes == 0 ? "its pixels crowd into few sets of a cache" : "";
}

// Why rows of a channel had better be copied. The phases of a strided transposed layer each read x
// again for few taps, from farther away where its channels push one another out of the second
// cache. On a Xeon with 2 MiB of it 256 to 128 channels at 64x64, k3 s2, take 16.8 ms for 22.8, 128
// to 64 at 128x128, k4 s2, 32 ms for 38; channels that do fit take up to a tenth more.
std::string why_copy_rows(const Problem& problem) {
  std::int64_t phases = 1;
  for (const Axis& axis : problem.axes) phases *= axis.stride;
  if (problem.direction != Direction::Transposed || phases == 1) return {};
  const std::int64_t apart = problem.x.channel * size_bytes(problem.dtype);
  const bool crowded = shares_cache_sets(problem) &&
                       problem.in_channels / problem.groups > kernels::cached_lines_apart(apart);
  return crowded ? "its channels crowd into few sets of a cache" : "";
}

// Short sums over long rows: storing counts as much as adding, and rows are stored fastest. At 64
// channels to 256 on 56x56 this is 3 % faster, at 1024 to 256 on 14x14 it is 30 % slower. Whole
// rows of a channel also use whole lines of a shared set: at 256 to 256 on 64x64, 16 to 23 %
// faster.
bool is_long_pointwise(const Problem& problem) {
  constexpr std::int64_t kLongRow = 1024, kShortSum = 128;
  for (const Axis& axis : problem.axes) {
    if (axis.kernel != 1) return false;
  }
  return problem.axes[kMaxAxes - 1].input >= kLongRow &&
         (problem.in_channels / problem.groups <= kShortSum || shares_cache_sets(problem));
}

// Short sums that end in planes of y a multiple of the period apart: 32 channels of a tile of
// channel-lanes are stored into one set. Rows of pixels fill whole lines: 3 to 64 channels at
// 64x64, 3x3, 0.17 ms for 0.36, 8 to 64 in rows of 4096, 5 taps, 0.19 for 0.42; in float64 0.33 for
// 0.62. Sums of 576 terms are 4 % slower so; in float64, transposed layers are by up to a fifth.
bool stores_share_cache_sets(const Problem& problem) {
  constexpr std::int64_t kShortSum = 160;
  const Axis& row = problem.axes[kMaxAxes - 1];
  const bool transposed = problem.direction == Direction::Transposed;
  if (transposed ? problem.dtype != DType::Float32 : row.stride != row.input_dilation) return false;
  std::int64_t terms = problem.in_channels / problem.groups;
  for (const Axis& axis : problem.axes) {
    terms *= axis.kernel;
    if (transposed) terms = kernels::quotient_up(terms, axis.stride);
  }
  return terms <= kShortSum && problem.y.axes[kMaxAxes - 1] == 1 &&
         problem.y.channel * size_bytes(problem.dtype) % kSetPeriodBytes == 0;
}

// Layers of one tap an output, for which copying x is less than what it saves: strided transposed
// ones, whose outputs leave the registers as they lie in memory, 1.05 to 2.3 times as fast as in
// channel-lanes; and small planes of several images, which fill the lanes together, by 1.05 to 1.1.
// Larger planes at stride 1 are a tenth slower. With more channels the weights of a tile no longer
// stay in a first cache of 32 KiB: 1024 to 512 on 28x28 takes 1.07 times as long as in
// channel-lanes, but on a Xeon with 48 KiB 0.69 times.
std::string not_worth_panels(const Problem& problem) {
  constexpr std::int64_t kSmallCache = 32 << 10, kLeastRows = 16;
  const std::int64_t most_channels = kernels::first_cache_bytes() > kSmallCache ? 1024 : 512;
  constexpr std::int64_t kSmallPlane = 256, kManyRows = 64;
  std::int64_t rows = problem.out_channels / problem.groups, pixels = 1, phases = 1;
  for (const Axis& axis : problem.axes) {
    phases *= axis.kernel;
    pixels *= axis.input;
  }
  rows *= phases;
  if (problem.in_channels / problem.groups > most_channels) return "it has many input channels";
  if (rows < kLeastRows) return "too few weights meet a pixel to repay its copy";
  if (phases > 1) return {};
  if (problem.batch > 1 && pixels <= kSmallPlane && rows >= kManyRows) return {};
  return "its pixels are read in place as fast";
}

Offer offer_reference(const Problem& problem, const PlanOptions&) {
  return {.executor = std::make_shared<ReferenceExecutor>(problem),
          .note = "the formula read off, one output at a time, one thread"};
}

Offer offer_channel_lanes(const Problem& problem, const PlanOptions& options) {
  std::string why = kernels::not_plain(problem);
  if (why.empty() && options.algorithm.empty()) why = why_copy_pixels(problem);
  if (why.empty() && options.algorithm.empty()) why = why_copy_rows(problem);
  if (!why.empty()) return {.executor = nullptr, .note = std::move(why)};
  return {.executor = kernels::make_channel_lanes(problem, options.threads),
          .note = "output channels in lanes, pixels broadcast, zeros skipped"};
}

Offer offer_phase_channels(const Problem& problem, const PlanOptions& options) {
  std::string why = kernels::not_plain(problem);
  if (why.empty()) why = kernels::refuse_phases_as_channels(problem);
  if (!why.empty()) return {.executor = nullptr, .note = std::move(why)};
  const auto [phases, channels_per_bias] = kernels::phases_as_channels(problem);
  return {.executor = kernels::make_channel_lanes(phases, options.threads, channels_per_bias),
          .note = "the phases of a row in lanes, pixels broadcast"};
}

Offer offer_depthwise(const Problem& problem, const PlanOptions& options) {
  std::string why = kernels::not_plain(problem);
  if (why.empty()) why = kernels::refuse_depthwise(problem);
  // One channel for many outputs had better be loaded once for several of them.
  if (why.empty() && options.algorithm.empty() && problem.groups == 1) why = "one group";
  if (!why.empty()) return {.executor = nullptr, .note = std::move(why)};
  return {.executor = kernels::make_depthwise(problem, options.threads),
          .note = "output pixels in lanes, rows copied between zeros, padding multiplied"};
}

Offer offer_pixel_lanes(const Problem& problem, const PlanOptions& options) {
  std::string why = kernels::not_plain(problem);
  if (why.empty()) why = kernels::refuse_pixel_lanes(problem);
  if (!why.empty()) {
    return {.executor = nullptr, .note = std::move(why)};
  }
  const bool few = problem.out_channels / problem.groups <= kernels::kFewChannels;
  if (options.algorithm.empty() && !few && !is_long_pointwise(problem) &&
      !stores_share_cache_sets(problem)) {
    return {.executor = nullptr, .note = "so many channels fill the lanes of channel-lanes"};
  }
  return {.executor = kernels::make_pixel_lanes(problem, options.threads),
          .note = "output pixels in lanes, weights broadcast, zeros skipped"};
}

Offer offer_panels(const Problem& problem, const PlanOptions& options) {
  std::string why = kernels::not_plain(problem);
  if (why.empty()) why = kernels::refuse_panels(problem);
  if (why.empty() && options.algorithm.empty()) why = not_worth_panels(problem);
  if (!why.empty()) return {.executor = nullptr, .note = std::move(why)};
  return {.executor = kernels::make_panels(problem, options.threads),
          .note = "output pixels in lanes, copied into panels that every weight meets"};
}

// The kernel of bands: one thread, x already widened.
kernels::MakeBand choose_band(const Problem& band) {
  const bool few_channels = band.out_channels <= kernels::kFewChannels;
  if (few_channels && kernels::refuse_pixel_lanes(flattened(band)).empty()) {
    return [](const Problem& each) { return kernels::make_pixel_lanes(flattened(each), 1); };
  }
  return [](const Problem& each) { return kernels::make_channel_lanes(flattened(each), 1); };
}

Offer offer_gathered(const Problem& problem, const PlanOptions& options) {
  if (std::string why = kernels::refuse_gathered(problem); !why.empty()) {
    return {.executor = nullptr, .note = std::move(why)};
  }
  return {.executor = kernels::make_gathered(problem, options.threads, choose_band),
          .note = "bands of the input copied, padded and widened, then a kernel above"};
}

// A fast algorithm must promise to save so much time.
constexpr double kWorthwhile = 0.9;

template <kernels::WinogradTile kTile>
Offer offer_winograd(const Problem& problem, const PlanOptions& options) {
  using kernels::WinogradTile;
  constexpr bool kIsFour = kTile == WinogradTile::Four;
  if (std::string why = kernels::refuse_winograd(problem); !why.empty()) {
    return {.executor = nullptr, .note = std::move(why)};
  }
  if (options.algorithm.empty()) {
    const double enough = kWorthwhile * kernels::exact_cost(problem);
    const double cost = kernels::winograd_cost(problem, kTile);
    const double of_two = kernels::winograd_cost(problem, WinogradTile::Two);
    if (kIsFour && of_two <= std::min(cost, enough)) {
      return {.executor = nullptr, .note = "tiles of 2 fit the outputs better"};
    }
    if (cost > enough) {
      return {.executor = nullptr,
              .note = "so few channels or outputs would not repay the transforms"};
    }
  }
  return {.executor = kernels::make_winograd(problem, kTile, options.threads),
          .note = kIsFour ? "tiles of 4 outputs from 6 products along each transformed axis"
                          : "tiles of 2 outputs from 4 products along each transformed axis"};
}

constexpr std::array kAlgorithms = {
    Algorithm{.name = "winograd-4",
              .math = Math::Fast,
              .offer = offer_winograd<kernels::WinogradTile::Four>},
    Algorithm{.name = "winograd-2",
              .math = Math::Fast,
              .offer = offer_winograd<kernels::WinogradTile::Two>},
    Algorithm{.name = "depthwise", .math = Math::Exact, .offer = offer_depthwise},
    Algorithm{.name = "panels", .math = Math::Exact, .offer = offer_panels},
    Algorithm{.name = "pixel-lanes", .math = Math::Exact, .offer = offer_pixel_lanes},
    Algorithm{.name = "phase-channels", .math = Math::Exact, .offer = offer_phase_channels},
    Algorithm{.name = "channel-lanes", .math = Math::Exact, .offer = offer_channel_lanes},
    Algorithm{.name = "gathered", .math = Math::Exact, .offer = offer_gathered},
    Algorithm{.name = "reference", .math = Math::Exact, .offer = offer_reference},
};

}  // namespace

std::span<const Algorithm> algorithms() { return kAlgorithms; }

}  // namespace tconv::plan
