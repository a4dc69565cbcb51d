#include "kernels/channel_lanes.hpp"

#include <algorithm>
#include <vector>

#include "kernels/channel_parts.hpp"
#include "kernels/channel_tile.hpp"
#include "kernels/channel_weights.hpp"
#include "kernels/interleave.hpp"
#include "kernels/region.hpp"
#include "kernels/rounding.hpp"
#include "kernels/staged_rows.hpp"
#include "kernels/store_tile.hpp"
#include "support/aligned.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// Phases of a row that are interleaved on the way out.
constexpr std::int64_t kMaxRowPhases = 8;
// Weights up to this size stay in a core's cache beside the pixels they meet.
constexpr std::int64_t kCachedWeights = 512 << 10;

// One channel to a group, side by side in memory: vectors of inputs as well as of weights.
bool is_depthwise_along_channels(const Problem& problem) {
  return problem.groups > 1 && problem.in_channels == problem.groups &&
         problem.out_channels == problem.groups && problem.x.channel == 1 && problem.x.group == 0 &&
         problem.y.group == 0;
}

Problem as_one_group(const Problem& problem) {
  Problem one = problem;
  one.groups = one.in_channels = 1;
  one.w.out = problem.w.group;
  return one;
}

template <typename Element>
class ChannelLanes final : public Executor {
  using T = typename Element::Accumulator;

 public:
  ChannelLanes(const Problem& problem, int threads, std::int64_t channels_per_bias)
      : kernels_(channel_tile_kernels(T{})),
        depthwise_(kernels_.masks && is_depthwise_along_channels(problem)),
        p_(depthwise_ ? as_one_group(problem) : problem),
        threads_(threads),
        channels_per_bias_(channels_per_bias),
        I_(p_.in_channels / p_.groups),
        O_(p_.out_channels / p_.groups),
        lanes_(kernels_.lanes),
        block_(O_ <= lanes_ ? lanes_ : 2 * lanes_),
        blocks_(quotient_up(O_, block_)),
        transposed_(p_.y.axes.back() == 1 && p_.y.channel != 1),
        row_phases_(interleaved_phases()),
        parts_(row_phases_ > 0 ? ChannelParts{.channels = I_, .work = region_work(I_ * row_phases_)}
                               : channel_parts(p_, values_bytes(1))),
        geometry_(problem, parts_.work, kernels_.tile_pixels, row_phases_ == 0),
        workspace_bytes_(parts_.channels < I_ ? values_bytes(geometry_.most_outputs()) : 0) {
    constexpr std::int64_t kBytes = sizeof(T);
    for (std::size_t a = 0; a < kBoxAxes; ++a) {
      steps_.x[a] = p_.x.axes[kFirstBoxAxis + a] * kBytes;
      steps_.y[a] = p_.y.axes[kFirstBoxAxis + a];
    }
    steps_.x_channel = p_.x.channel * kBytes;
    steps_.w = block_ * kBytes;
  }

  std::string_view target() const override { return kernels_.target; }

  std::int64_t packed_bytes() const override {
    return p_.groups * blocks_ * block_size() * static_cast<std::int64_t>(sizeof(T));
  }

  std::int64_t workspace_bytes() const override { return workspace_bytes_; }

  void pack(const std::byte* w, std::byte* packed) const override {
    support::parallel_for(threads_, p_.groups * blocks_, [&](std::int64_t item) {
      const std::int64_t group = item / blocks_, first = item % blocks_ * block_;
      pack_channels<Element>(p_, geometry_.tap_order(),
                             {.first = group * p_.w.group + first * p_.w.out,
                              .in_channels = I_,
                              .channels = block_,
                              .present = std::min(block_, O_ - first)},
                             w, reinterpret_cast<T*>(packed) + item * block_size());
    });
  }

  void run(const Operands& operands, const std::byte* packed) const override {
    const std::int64_t parts = geometry_.regions();
    // Large weights: the pixels of all images meet one block before the next is fetched. Small ones
    // stay cached, and it is the pixels that should be read once.
    const bool block_outer = packed_bytes() / p_.groups > kCachedWeights;
    const std::int64_t inner = block_outer ? p_.batch * parts : blocks_;
    const std::int64_t outer = block_outer ? blocks_ : p_.batch * parts;
    support::parallel_for(threads_, p_.groups * outer * inner, [&](std::int64_t item) {
      const std::int64_t rest = item % (outer * inner);
      const std::int64_t block = block_outer ? rest / inner : rest % inner;
      const std::int64_t place = block_outer ? rest % inner : rest / inner;
      run_part(operands, packed, place / parts, item / (outer * inner), block,
               geometry_.region(place % parts));
    });
  }

 private:
  std::int64_t block_size() const { return block_ * I_ * geometry_.tap_order().count(); }

  // The phases of a row alternate in y: all of them are computed before any is stored. How many
  // they are, or 0 where each is stored by itself.
  std::int64_t interleaved_phases() const {
    const std::int64_t outputs = output_extents(p_)->back();
    const std::int64_t phases = AxisMap(p_.direction, p_.axes.back(), outputs).phases();
    const bool together = kIsNative<Element> && is_fused(p_.activation) && transposed_ &&
                          1 < phases && phases <= kMaxRowPhases;
    return together ? phases : 0;
  }

  // Of a block's values for so many pixels or taps.
  std::int64_t values_bytes(std::int64_t count) const {
    return count * block_ * static_cast<std::int64_t>(sizeof(T));
  }

  void run_part(const Operands& operands, const std::byte* packed, std::int64_t n, std::int64_t g,
                std::int64_t block, const Region& region) const {
    // Copying the end of the last row reads a whole vector.
    alignas(64) T results[kTileRow * kMaxBlockChannels + kTileRow];
    alignas(64) T bias[kMaxBlockChannels] = {};
    const std::byte* x[kMaxTilePixels];
    const std::int64_t x_first = p_.x.first + n * p_.x.batch + g * p_.x.group +
                                 (depthwise_ ? block * block_ : g * I_) * p_.x.channel;
    const std::byte* const x_base = operands.x + x_first * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t o = g * O_ + block * block_;
    const std::int64_t y_first = p_.y.first + n * p_.y.batch + g * p_.y.group + o * p_.y.channel;
    const std::int64_t present = std::min(block_, O_ - block * block_);

    ChannelTile<T> tile{.x = x,
                        .vectors = present <= lanes_ ? 1 : 2,
                        .channels = I_,
                        .x_channel = p_.x.channel * static_cast<std::int64_t>(sizeof(T)),
                        .depthwise = depthwise_,
                        .present = static_cast<int>(present),
                        .bias = p_.has_bias ? bias : nullptr,
                        .relu = p_.activation == Activation::Relu};
    if (p_.has_bias) {
      for (std::int64_t c = 0; c < present; ++c) {
        bias[c] = Element::load(operands.bias + (o + c) / channels_per_bias_ * Element::kBytes);
      }
    }
    TileStore<Element> store{.kernels = kernels_,
                             .results = results,
                             .block = tile.vectors * lanes_,
                             .transposed = transposed_,
                             .channels = present,
                             .activation = p_.activation,
                             .y = operands.y + y_first * Element::kBytes,
                             .y_channel = p_.y.channel};
    const std::byte* const w =
        packed + (g * blocks_ + block) * block_size() * static_cast<std::int64_t>(sizeof(T));
    if (row_phases_ > 0) return run_phases(tile, store, x_base, w, region);
    take_weights(tile, w, region.phases);
    run_tiles(tile, store, x_base, region);
  }

  // The tiles of a region, once for each part of the input channels.
  void run_tiles(ChannelTile<T> tile, TileStore<Element>& store, const std::byte* x_base,
                 const Region& region) const {
    StagedRows<T> rows(kernels_, store.y, p_.y.channel * Element::kBytes, store.channels);
    thread_local support::AlignedBytes workspace;
    workspace.reserve(static_cast<std::size_t>(workspace_bytes_));
    for (std::int64_t first = 0; first < I_; first += parts_.channels) {
      tile.channels = std::min(parts_.channels, I_ - first);
      std::int64_t done = 0;  // values before the tile's
      TileWalk walk(geometry_, region, steps_);
      for (std::int64_t left = region.count; left > 0; left -= tile.pixels) {
        tile.pixels = region.next_tile(left, kernels_.tile_pixels);
        aim(tile, walk, x_base + first * tile.x_channel);
        tile.begun = first > 0 ? workspace.as<T>() + done : nullptr;
        if (first + tile.channels == I_) {
          run_and_store(tile, store, rows, walk);
        } else {
          run_unfinished(tile, workspace.as<T>() + done);
        }
        done += tile.pixels * store.block;
      }
      tile.w += parts_.channels * tile.w_channel;
    }
    rows.flush();
  }

  // A tile to whose sums further channels will be added.
  void run_unfinished(ChannelTile<T> tile, T* sums) const {
    tile.results = sums;
    tile.bias = nullptr;
    tile.relu = false;
    kernels_.run(tile);
  }

  // A tile that meets the last of the input channels.
  void run_and_store(ChannelTile<T> tile, TileStore<Element>& store, StagedRows<T>& rows,
                     const TileWalk& walk) const {
    store.pixels = tile.pixels;
    store.y_offsets = walk.y();
    tile.results = store.results;
    const bool whole = store.channels == store.block;  // none beyond the last
    const bool side_by_side = walk.y()[tile.pixels - 1] == walk.y()[0] + tile.pixels - 1;
    const bool in_place = is_fused(p_.activation) && kIsNative<Element> && whole &&
                          (p_.y.channel == 1 || (transposed_ && side_by_side));
    if (in_place && !transposed_) {
      tile.y = store.y;
      tile.y_offsets = walk.y();
    } else if (in_place) {
      const auto place = rows.next(walk.y()[0], tile.pixels);
      tile.y_row = place.at;
      tile.y_pitch = place.pitch;
    } else if (transposed_) {
      tile.y_row = reinterpret_cast<std::byte*>(store.results);
      tile.y_pitch = kTileRow * static_cast<std::int64_t>(sizeof(T));
    }
    kernels_.run(tile);
    if (!in_place) store_tile(store);
  }

  // The weights of the phases whose outputs follow.
  void take_weights(ChannelTile<T>& tile, const std::byte* block, const Box& phases) const {
    constexpr auto kBytes = static_cast<std::int64_t>(sizeof(T));
    const TapOrder::Group taps = geometry_.taps(phases);
    tile.w = block + taps.first * I_ * block_ * kBytes;
    tile.w_channel = taps.count * block_ * kBytes;
  }

  // The next tile.pixels outputs of the walk.
  static void aim(ChannelTile<T>& tile, TileWalk& walk, const std::byte* x_base) {
    walk.next(tile.pixels);
    for (int m = 0; m < tile.pixels; ++m) tile.x[m] = x_base + walk.x()[m];
    tile.evenly = walk.evenly();
    tile.x_step = walk.step();
    tile.fetch_span = walk.fetch_span();
    tile.taps = walk.taps().data();
    tile.taps_count = static_cast<std::int64_t>(walk.taps().size());
  }

  // All phases of the rows of a region, a tile of each at a time.
  void run_phases(ChannelTile<T> tile, const TileStore<Element>& store, const std::byte* x_base,
                  const std::byte* w, const Region& region) const {
    constexpr std::int64_t kPhase = kTileRow * kMaxBlockChannels;
    alignas(64) T results[kMaxRowPhases * kPhase + kTileRow];
    std::vector<TileWalk> walks;
    std::vector<Region> phases(static_cast<std::size_t>(row_phases_), region);
    for (std::size_t f = 0; f < phases.size(); ++f) {
      phases[f].phases[kBoxAxes - 1] = static_cast<std::int64_t>(f);
      walks.emplace_back(geometry_, phases[f], steps_);
    }
    for (std::int64_t left = region.count; left > 0; left -= tile.pixels) {
      tile.pixels = region.next_tile(left, kernels_.tile_pixels);
      tile.y_pitch = kTileRow * static_cast<std::int64_t>(sizeof(T));
      for (std::size_t f = 0; f < phases.size(); ++f) {
        take_weights(tile, w, phases[f].phases);
        aim(tile, walks[f], x_base);
        tile.y_row = reinterpret_cast<std::byte*>(results + static_cast<std::int64_t>(f) * kPhase);
        kernels_.run(tile);
      }
      const std::int64_t* const y = walks[0].y();
      for (int m = 0; m < tile.pixels;) {
        int end = m + 1;
        const auto beyond = [&] { return walks[0].ends_row(end - 1) ? geometry_.beyond_row() : 0; };
        while (end < tile.pixels && beyond() == 0 && y[end] == y[end - 1] + row_phases_) ++end;
        interleave({.from = results + m,
                    .phases = row_phases_,
                    .phase_pitch = kPhase,
                    .count = (end - m) * row_phases_ - beyond(),
                    .y = store.y + y[m] * Element::kBytes,
                    .rows = store.channels,
                    .from_pitch = kTileRow,
                    .y_pitch = p_.y.channel * Element::kBytes});
        m = end;
      }
    }
  }

  const ChannelTileKernels<T>& kernels_;
  bool depthwise_;  // p_ is then one group whose output channels each have an input of their own
  Problem p_;
  int threads_;
  std::int64_t channels_per_bias_;
  std::int64_t I_, O_, lanes_, block_, blocks_;
  bool transposed_;          // pixels side by side in y are worth a transposition
  std::int64_t row_phases_;  // where those of a row are interleaved
  ChannelParts parts_;
  Geometry geometry_;
  std::int64_t workspace_bytes_;
  TileWalk::Steps steps_;
};

}  // namespace

std::shared_ptr<const Executor> make_channel_lanes(const Problem& problem, int threads,
                                                   std::int64_t channels_per_bias) {
  const auto make = [&]<typename Element>(Element) -> std::shared_ptr<const Executor> {
    return std::make_shared<ChannelLanes<Element>>(problem, threads, channels_per_bias);
  };
  switch (problem.dtype) {
    case DType::Float16: return make(Float16Element());
    case DType::BFloat16: return make(BFloat16Element());
    case DType::Float64: return make(Float64Element());
    default: return make(Float32Element());
  }
}

}  // namespace tconv::kernels
