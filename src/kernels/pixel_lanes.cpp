#include "kernels/pixel_lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <vector>

#include "kernels/activation.hpp"
#include "kernels/axis_steps.hpp"
#include "kernels/element.hpp"
#include "kernels/interleave.hpp"
#include "kernels/pixel_tile.hpp"
#include "kernels/region.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// Multiply-adds of one vector in one item of work: some 50 microseconds.
constexpr std::int64_t kItemWork = 150'000;
// Steps in a list, and tiles near the ends of an axis that have lists of their own.
constexpr std::int64_t kMaxSteps = 4096;
constexpr std::int64_t kMaxSpacing = 64;

// How many slots and vectors a tile has.
struct TileShape {
  std::int64_t channels = 1, rows = 1, phases = 1;
  std::int64_t vectors = 1;
};

TileShape tile_shape(std::int64_t channels, const AxisMap& rows, const AxisMap& row,
                     std::int64_t lanes, int max_sums) {
  TileShape shape{.phases = row.phases()};
  const bool strided = row.outputs > 1 && row.input_step() > 1;
  const std::int64_t most_slots = strided ? kMaxStridedSlots : kMaxSlots;
  const std::int64_t most_vectors = strided                        ? kMaxStridedVectors
                                    : channels * shape.phases >= 6 ? 3
                                                                   : kMaxPixelVectors;
  const std::int64_t row_lanes = (row.outputs + shape.phases - 1) / shape.phases;
  const std::int64_t row_vectors = (row_lanes + lanes - 1) / lanes;
  const auto slots = [&](std::int64_t vectors) {
    return std::min<std::int64_t>(most_slots, max_sums / vectors);
  };
  // Few vectors leave room for many slots, and each load then serves many of them.
  shape.vectors = std::min<std::int64_t>(most_vectors, row_vectors);
  while (shape.vectors > 1 && slots(shape.vectors) < shape.phases) --shape.vectors;
  const std::int64_t free = std::max<std::int64_t>(1, slots(shape.vectors) / shape.phases);
  const std::int64_t parts = (channels + free - 1) / free;
  shape.channels = (channels + parts - 1) / parts;
  if (rows.kernel > 1) {
    const std::int64_t most = shape.channels * shape.phases == 1 ? 4 : free;
    shape.rows = std::clamp<std::int64_t>(std::min(most, free / shape.channels), 1, rows.outputs);
  }
  return shape;
}

template <typename Element>
class PixelLanes final : public Executor {
  using T = typename Element::Accumulator;
  static constexpr std::int64_t kBytes = sizeof(T);

 public:
  PixelLanes(const Problem& problem, int threads)
      : p_(problem),
        threads_(threads),
        kernels_(pixel_tile_kernels(T{})),
        I_(problem.in_channels / problem.groups),
        O_(problem.out_channels / problem.groups) {
    const auto extents = output_extents(problem);
    std::array<AxisMap, kBoxAxes> maps = {map(0, *extents), map(1, *extents), map(2, *extents)};
    x_lane_step_ = maps[2].outputs > 1 ? maps[2].input_step() : 1;
    shape_ = tile_shape(O_, maps[1], maps[2], kernels_.lanes, kernels_.max_sums);
    axes_ = {AxisTiles::rows(maps[0], 1), AxisTiles::rows(maps[1], shape_.rows),
             AxisTiles::lanes(maps[2], lanes())};
    if (!middle_is_full()) {
      shape_.vectors = std::min<std::int64_t>(shape_.vectors, 2);
      axes_[2] = AxisTiles::lanes(maps[2], lanes());
    }
    for (std::size_t a = 0; a < kBoxAxes; ++a) {
      x_step_[a] = p_.x.axes[kFirstBoxAxis + a] * kBytes;
      const Axis& axis = p_.axes[kFirstBoxAxis + a];
      w_step_[a] = p_.w.axes[kFirstBoxAxis + a] * kBytes;
      if (p_.flip_kernel) {
        w_first_ += w_step_[a] * (axis.kernel - 1);
        w_step_[a] = -w_step_[a];
      }
    }
    row_spacing_ = maps[1].spacing();
    extent_ = (*extents)[kMaxAxes - 1];
    lay_out_slots();
    list_steps();
    const std::int64_t tile_work =
        I_ * longest_ * shape_.vectors * O_ * shape_.rows * shape_.phases;
    item_tiles_ = std::max<std::int64_t>(1, kItemWork / std::max<std::int64_t>(1, tile_work));
  }

  std::string_view target() const override { return kernels_.target; }
  void run(const Operands& operands, const std::byte*) const override {
    const std::int64_t tiles = count(0) * count(1) * count(2);
    const std::int64_t items = (tiles + item_tiles_ - 1) / item_tiles_;
    support::parallel_for(threads_, p_.batch * p_.groups * items, [&](std::int64_t item) {
      const std::int64_t n = item / items / p_.groups;
      const std::int64_t g = item / items % p_.groups;
      const std::int64_t first = item % items * item_tiles_;
      Place place{.n = n, .g = g};
      for (std::int64_t tile = first; tile < std::min(tiles, first + item_tiles_); ++tile) {
        const std::int64_t row = tile / count(2);
        place.w = axes_[2].tile(tile - row * count(2));
        if (tile == first || tile == row * count(2)) {
          place.h = axes_[1].tile(row % count(1));
          place.d = axes_[0].tile(row / count(1));
        }
        for (std::int64_t o = 0; o < O_; o += shape_.channels) run_tile(operands, place, o);
      }
    });
  }

 private:
  // One tile of one image and group, for any of its channels.
  struct Place {
    std::int64_t n = 0, g = 0;
    AxisTile d{}, h{}, w{};
  };

  struct List {
    std::vector<PixelStep> steps;
    std::vector<PixelRun> runs;
    bool all_lanes = true;
  };

  AxisMap map(std::size_t a, const Extents& extents) const {
    return {p_.direction, p_.axes[kFirstBoxAxis + a], extents[kFirstBoxAxis + a]};
  }
  std::int64_t count(std::size_t a) const { return axes_[a].count(); }
  const List& list(std::size_t d, std::size_t h, std::size_t w) const {
    return lists_[(d * axes_[1].steps().size() + h) * axes_[2].steps().size() + w];
  }

  std::int64_t vectors_for(std::int64_t lanes) const {
    return (lanes + kernels_.lanes - 1) / kernels_.lanes;
  }

  std::int64_t lanes() const { return shape_.vectors * kernels_.lanes; }

  // Whether only the first and the last vector of a tile pass over lanes.
  bool middle_is_full() const {
    for (const AxisSteps& steps : axes_[2].steps()) {
      const std::int64_t middle = (vectors_for(steps.count) - 2) * kernels_.lanes;
      if (middle <= 0) continue;
      const std::uint64_t full = ~std::uint64_t{0} >> (64 - middle) << kernels_.lanes;
      for (const AxisStep& step : steps.steps) {
        if ((step.lanes & full) != full) return false;
      }
    }
    return true;
  }

  void list_steps() {
    for (const auto& d : axes_[0].steps()) {
      for (const auto& h : axes_[1].steps()) {
        for (const auto& w : axes_[2].steps()) {
          lists_.push_back(list_of(d, h, w));
          longest_ = std::max(longest_, static_cast<std::int64_t>(lists_.back().steps.size()));
        }
      }
    }
  }

  // Slot number (o*rows + r)*phases + f: channel o at row r and phase f of the row. Where a tile
  // has fewer rows than the shape, no step names the slots of the others.
  List list_of(const AxisSteps& ds, const AxisSteps& hs, const AxisSteps& ws) const {
    List list;
    const std::int64_t vectors = vectors_for(ws.count);
    const std::uint64_t every_lane = ~std::uint64_t{0} >> (64 - vectors * kernels_.lanes);
    for (const AxisStep& d : ds.steps) {
      for (const AxisStep& h : hs.steps) {
        for (const AxisStep& w : ws.steps) {
          list.all_lanes = list.all_lanes && w.lanes == every_lane;
          list.steps.push_back(
              {.x = d.input * x_step_[0] + h.input * x_step_[1] + w.input * x_step_[2],
               .w = d.kernel * w_step_[0] + h.kernel * w_step_[1] + w.kernel * w_step_[2],
               .lanes = w.lanes,
               .elements = spread(w.lanes)});
          const auto end = static_cast<std::int64_t>(list.steps.size());
          const std::uint32_t slots = slots_of(h.outputs, w.outputs);
          if (list.runs.empty() || list.runs.back().slots != slots) {
            list.runs.push_back({.begin = end - 1, .slots = slots});
          }
          list.runs.back().end = end;
        }
      }
    }
    return list;
  }

  // Every other bit.
  static std::uint64_t spread(std::uint64_t lanes) {
    std::uint64_t elements = 0;
    for (int l = 0; l < 32; ++l) elements |= (lanes >> l & 1) << (2 * l);
    return elements;
  }

  std::uint32_t slots_of(std::uint64_t rows, std::uint64_t phases) const {
    std::uint32_t slots = 0;
    for (std::int64_t o = 0; o < shape_.channels; ++o) {
      for (std::int64_t r = 0; r < shape_.rows; ++r) {
        if ((rows >> r & 1) == 0) continue;
        slots |= static_cast<std::uint32_t>(phases) << ((o * shape_.rows + r) * shape_.phases);
      }
    }
    return slots;
  }

  void run_tile(const Operands& operands, const Place& place, std::int64_t o) const {
    const auto& [n, g, d, h, w] = place;
    const List& steps = list(d.steps, h.steps, w.steps);
    const std::int64_t channels = std::min(shape_.channels, O_ - o);
    const std::int64_t first = g * O_ + o;
    constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;
    const std::int64_t x_tile =
        p_.x.first + n * p_.x.batch + g * p_.x.group + g * I_ * p_.x.channel;
    const std::int64_t y_tile = p_.y.first + n * p_.y.batch + g * p_.y.group +
                                first * p_.y.channel + d.first * p_.y.axes[D] +
                                h.first * p_.y.axes[H] + w.first * p_.y.axes[W];
    alignas(64) T results[kMaxSlots * kMaxTileLanes];
    T bias[kMaxSlots];
    const int slots = static_cast<int>(channels * shape_.rows * shape_.phases);
    if (p_.has_bias) {
      for (int s = 0; s < slots; ++s) {
        const std::int64_t c = s / (shape_.rows * shape_.phases);
        bias[s] = Element::load(operands.bias + (first + c) * Element::kBytes);
      }
    }
    const PixelTile<T> tile{.x = operands.x + x_tile * kBytes + d.input * x_step_[0] +
                                 h.input * x_step_[1] + w.input * x_step_[2],
                            .w = operands.w + w_first_ + (g * p_.w.group + o * p_.w.out) * kBytes,
                            .w_slots = w_slots_.data(),
                            .slots = slots,
                            .vectors = static_cast<int>(vectors_for(w.count)),
                            .x_step = static_cast<int>(x_lane_step_),
                            .channels = I_,
                            .x_channel = p_.x.channel * kBytes,
                            .w_channel = p_.w.in * kBytes,
                            .steps = steps.steps.data(),
                            .runs = steps.runs.data(),
                            .runs_count = static_cast<std::int64_t>(steps.runs.size()),
                            .all_lanes = steps.all_lanes,
                            .bias = p_.has_bias ? bias : nullptr,
                            .relu = p_.activation == Activation::Relu,
                            .y = direct_ ? operands.y + y_tile * Element::kBytes : nullptr,
                            .y_slots = y_slots_.data(),
                            .stored = stored_[static_cast<std::size_t>(h.count)],
                            .pixels = static_cast<int>(w.count),
                            .results = results};
    kernels_.run(tile);
    if (!direct_) store(results, operands.y + y_tile * Element::kBytes, tile, w);
  }

  void lay_out_slots() {
    constexpr std::size_t H = kFirstBoxAxis + 1, W = H + 1;
    std::size_t s = 0;
    stored_.assign(static_cast<std::size_t>(shape_.rows) + 1, 0);
    for (std::int64_t c = 0; c < shape_.channels; ++c) {
      for (std::int64_t r = 0; r < shape_.rows; ++r) {
        for (std::int64_t f = 0; f < shape_.phases; ++f, ++s) {
          w_slots_[s] = c * p_.w.out * kBytes + r * axes_[1].kernel_per_output() * w_step_[1] +
                        f * axes_[2].kernel_per_output() * w_step_[2];
          y_slots_[s] = (c * p_.y.channel + r * row_spacing_ * p_.y.axes[H] + f * p_.y.axes[W]) *
                        Element::kBytes;
          for (std::int64_t rows = r + 1; rows <= shape_.rows; ++rows) {
            stored_[static_cast<std::size_t>(rows)] |= std::uint32_t{1} << s;
          }
        }
      }
    }
    direct_ = std::is_same_v<Element, NativeElement<T>> && is_fused(p_.activation) &&
              shape_.phases == 1 && p_.y.axes[W] == 1;
  }

  void store(const T* results, std::byte* y, const PixelTile<T>& tile, const AxisTile& w) const {
    if constexpr (std::is_same_v<Element, NativeElement<T>>) {
      if (is_fused(p_.activation) && p_.y.axes[kMaxAxes - 1] == 1) {
        const std::int64_t count = std::min(w.count * shape_.phases, extent_ - w.first);
        for (int s = 0; s < tile.slots; s += static_cast<int>(shape_.phases)) {
          if ((tile.stored & (1U << s)) == 0) continue;
          interleave({.from = results + s * kMaxTileLanes,
                      .phases = shape_.phases,
                      .phase_pitch = kMaxTileLanes,
                      .count = count,
                      .y = y + y_slots_[static_cast<std::size_t>(s)]});
        }
        return;
      }
    }
    const std::int64_t step = shape_.phases * p_.y.axes[kMaxAxes - 1] * Element::kBytes;
    for (int s = 0; s < tile.slots; ++s) {
      if ((tile.stored & (1U << s)) == 0) continue;
      const std::int64_t phase = s % shape_.phases;
      // The last lane of the later phases may lie beyond the end.
      const std::int64_t present = (extent_ - w.first - phase + shape_.phases - 1) / shape_.phases;
      std::byte* const to = y + y_slots_[static_cast<std::size_t>(s)];
      for (std::int64_t l = 0; l < std::min(w.count, present); ++l) {
        const T sum = results[s * kMaxTileLanes + l];
        Element::store(is_fused(p_.activation) ? sum : activate(p_.activation, sum), to + l * step);
      }
    }
  }

  Problem p_;
  int threads_;
  const PixelTileKernels<T>& kernels_;
  std::int64_t I_, O_;
  TileShape shape_;
  std::vector<AxisTiles> axes_;  // one for each axis of the box
  Box x_step_{}, w_step_{};
  std::int64_t w_first_ = 0, row_spacing_ = 1, extent_ = 0, longest_ = 0, item_tiles_ = 1;
  std::int64_t x_lane_step_ = 1;  // elements from one lane to the next
  std::array<std::int64_t, kMaxSlots> w_slots_{}, y_slots_{};
  std::vector<std::uint32_t> stored_;  // the slots that exist where a tile has so many rows
  bool direct_ = false;
  std::vector<List> lists_;
};

template <typename T>
std::string refuse(const Problem& problem) {
  if (!pixel_tile_kernels(T{}).masks) return "the processor has no masked loads";
  const auto extents = output_extents(problem);
  std::int64_t steps = 1;
  for (std::size_t a = kFirstBoxAxis; a < kMaxAxes; ++a) {
    const AxisMap map(problem.direction, problem.axes[a], (*extents)[a]);
    if (map.kernel > kMaxSteps / steps) return "the kernel is too large";
    if (map.spacing() > kMaxSpacing) return "the dilation is too large";
    steps *= map.kernel;
    if (a + 1 < kMaxAxes) continue;
    if (map.outputs > 1 && (map.input_step() > 2 || problem.x.axes[a] != 1)) {
      return "neighbouring outputs read elements far apart";
    }
    if (map.input_step() == 2 && map.phases() > kMaxStridedSlots) return "the row has many phases";
    if (map.phases() > 1 && map.spacing() > 1) return "a dilated kernel in a strided row";
    if (map.phases() > kMaxSlots) {
      return fmt::format("stride {} is more than {}", map.phases(), kMaxSlots);
    }
  }
  return {};
}

}  // namespace

std::string refuse_pixel_lanes(const Problem& problem) {
  return problem.dtype == DType::Float64 ? refuse<double>(problem) : refuse<float>(problem);
}

std::shared_ptr<const Executor> make_pixel_lanes(const Problem& problem, int threads) {
  if (problem.dtype == DType::Float64) {
    return std::make_shared<PixelLanes<Float64Element>>(problem, threads);
  }
  return std::make_shared<PixelLanes<Float32Element>>(problem, threads);
}

}  // namespace tconv::kernels
