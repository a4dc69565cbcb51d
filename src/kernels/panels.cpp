#include "kernels/panels.hpp"

#include <algorithm>
#include <vector>

#include "kernels/activation.hpp"
#include "kernels/channel_tile.hpp"
#include "kernels/element.hpp"
#include "kernels/panel_copy.hpp"
#include "kernels/panel_geometry.hpp"
#include "kernels/panel_tile.hpp"
#include "kernels/rounding.hpp"
#include "support/aligned.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// Panels of a stretch stay in a core's cache, beside the weights of a tile.
constexpr std::int64_t kStretchBytes = 256 << 10;
constexpr std::int64_t kMostPanels = 128;  // however few the channels are
// Multiply-adds of one vector in one item of work: some 50 microseconds.
constexpr std::int64_t kItemWork = 150'000;
constexpr std::int64_t kItemsPerThread = 4;
// Fewer tiles that share a copy of the pixels would notice what it costs.
constexpr std::int64_t kTilesPerCopy = 8;

template <typename T>
class Panels final : public Executor {
  using Element = NativeElement<T>;
  static constexpr std::int64_t kBytes = sizeof(T);
  static constexpr std::int64_t kResultsPitch = kMaxPanelLanes * kMaxPanelPhases;

 public:
  Panels(const Problem& problem, int threads)
      : p_(problem),
        threads_(threads),
        kernels_(panel_kernels(T{})),
        I_(problem.in_channels / problem.groups),
        O_(problem.out_channels / problem.groups),
        taps_(problem),
        row_phases_(taps_.phases.back()),
        lanes_(2 * kernels_.lanes),
        copy_(taps_.x, I_, p_.x.channel, lanes_),
        tile_channels_(kernels_.slots / row_phases_),
        tiles_(quotient_up(O_, tile_channels_) * taps_.phases[0] * taps_.phases[1]) {
    cut_pixels();
  }

  std::string_view target() const override { return kernels_.target; }
  std::int64_t packed_bytes() const override { return p_.groups * group_weights() * kBytes; }
  std::int64_t workspace_bytes() const override {
    const std::int64_t rows = taps_.x.most_rows(stretch_) + taps_.y.most_rows(stretch_);
    return I_ * stretch_ * kBytes + rows * static_cast<std::int64_t>(sizeof(PixelRow));
  }

  // [group][phase of the outer axes][channels of a tile][input channel][channel][phase of the row]
  void pack(const std::byte* w, std::byte* packed) const override {
    support::parallel_for(threads_, p_.groups * tiles_, [&](std::int64_t item) {
      const Tile tile = tile_of(item % tiles_);
      T* to = reinterpret_cast<T*>(packed) + item / tiles_ * group_weights() + tile.weights;
      for (std::int64_t i = 0; i < I_; ++i) {
        for (std::int64_t c = tile.first; c < tile.first + tile.channels; ++c) {
          std::int64_t from = item / tiles_ * p_.w.group + i * p_.w.in + c * p_.w.out;
          from += tap_step(0, tile.d) + tap_step(1, tile.h);
          for (std::int64_t f = 0; f < row_phases_; ++f) {
            *to++ = Element::load(w + (from + tap_step(2, f)) * kBytes);
          }
        }
      }
    });
  }

  void run(const Operands& operands, const std::byte* packed) const override {
    const std::int64_t items = p_.groups * stretches_ * blocks_;
    support::parallel_for(threads_, items, [&](std::int64_t item) {
      thread_local support::AlignedBytes workspace;
      workspace.reserve(static_cast<std::size_t>(I_ * stretch_ * kBytes));
      const Stretch here = stretch_of(operands, item);
      copy_.copy(here.x, here.first, here.count, workspace.as<T>());
      const std::int64_t block = item % blocks_;
      const std::int64_t begin = tiles_ * block / blocks_, end = tiles_ * (block + 1) / blocks_;
      PixelFetch fetch;
      if (item + threads_ < items) {
        const Stretch next = stretch_of(operands, item + threads_);
        fetch = copy_.fetch(next.x, next.first, next.count, (end - begin) * stretch_ / lanes_);
      }
      const std::vector<PixelRow> rows = taps_.y.rows(here.first, here.count);
      const T* const w = reinterpret_cast<const T*>(packed) + here.group * group_weights();
      for (std::int64_t t = begin; t < end; ++t) {
        run_tile(operands, w, here, tile_of(t), workspace.as<T>(), rows, fetch);
      }
    });
  }

 private:
  // As many stretches and blocks of tiles as threads share well, but none that is hardly work.
  void cut_pixels() {
    const std::int64_t panels = quotient_up(taps_.x.count(), lanes_);
    const std::int64_t panel_work = 2 * group_weights();
    const std::int64_t items =
        std::clamp<std::int64_t>(p_.groups * panels * panel_work / kItemWork, 1,
                                 threads_ > 1 ? kItemsPerThread * threads_ : 1);
    const std::int64_t of_group = quotient_up(items, p_.groups);
    const std::int64_t most =
        std::clamp<std::int64_t>(kStretchBytes / (I_ * lanes_ * kBytes), 1, kMostPanels);
    const std::int64_t least = quotient_up(panels, most);  // stretches
    blocks_ = std::clamp<std::int64_t>(of_group / least, 1,
                                       std::max<std::int64_t>(1, tiles_ / kTilesPerCopy));
    const std::int64_t wanted = std::clamp(quotient_up(of_group, blocks_), least, panels);
    stretch_ = quotient_up(panels, wanted) * lanes_;
    stretches_ = quotient_up(taps_.x.count(), stretch_);
  }

  // Pixels of one group that are copied at once.
  struct Stretch {
    std::int64_t group = 0, first = 0, count = 0;
    const std::byte* x = nullptr;  // the group's first pixel
  };

  Stretch stretch_of(const Operands& operands, std::int64_t item) const {
    const std::int64_t g = item / blocks_ / stretches_;
    const std::int64_t first = item / blocks_ % stretches_ * stretch_;
    const std::int64_t x = p_.x.first + g * p_.x.group + g * I_ * p_.x.channel;
    return {.group = g,
            .first = first,
            .count = std::min(stretch_, taps_.x.count() - first),
            .x = operands.x + x * kBytes};
  }

  // Some channels' outputs at one phase of the outer axes, all those of the rows.
  struct Tile {
    std::int64_t d = 0, h = 0;
    std::int64_t first = 0, channels = 0;  // of the group
    std::int64_t weights = 0;              // before its own
  };

  Tile tile_of(std::int64_t number) const {
    const std::int64_t of_phase = quotient_up(O_, tile_channels_);
    const std::int64_t phase = number / of_phase, first = number % of_phase * tile_channels_;
    return {.d = phase / taps_.phases[1],
            .h = phase % taps_.phases[1],
            .first = first,
            .channels = std::min(tile_channels_, O_ - first),
            .weights = (phase * O_ + first) * row_phases_ * I_};
  }

  std::int64_t group_weights() const {
    return taps_.phases[0] * taps_.phases[1] * row_phases_ * O_ * I_;
  }

  std::int64_t tap_step(std::size_t axis, std::int64_t phase) const {
    const std::int64_t tap = p_.flip_kernel ? taps_.phases[axis] - 1 - phase : phase;
    return tap * p_.w.axes[kFirstBoxAxis + axis];
  }

  void run_tile(const Operands& operands, const T* w, const Stretch& stretch, const Tile& at,
                const T* panels, const std::vector<PixelRow>& rows, PixelFetch& fetch) const {
    alignas(64) T results[kMaxPanelSlots * kResultsPitch];
    T bias[kMaxPanelSlots];
    const auto& [g, first, count, x] = stretch;
    const std::int64_t o = g * O_ + at.first;
    if (p_.has_bias) {
      for (std::int64_t c = 0; c < at.channels; ++c) {
        bias[c] = Element::load(operands.bias + (o + c) * kBytes);
      }
    }
    const std::int64_t y = p_.y.first + g * p_.y.group + o * p_.y.channel +
                           at.d * p_.y.axes[kFirstBoxAxis] + at.h * p_.y.axes[kFirstBoxAxis + 1];
    PanelTile<T> tile{.w = w + at.weights,
                      .depth = I_,
                      .channels = static_cast<int>(at.channels),
                      .phases = static_cast<int>(row_phases_),
                      .bias = p_.has_bias ? bias : nullptr,
                      .relu = p_.activation == Activation::Relu};
    auto row = rows.begin();
    for (std::int64_t m = first; m < first + count; m += lanes_) {
      const std::int64_t end = std::min(m + lanes_, first + count);
      fetch.some();
      tile.x = panels + (m - first) * I_;
      tile.vectors = end - m > kernels_.lanes ? 2 : 1;
      if (row->first + row->count == m) ++row;
      const bool whole = end - m == tile.vectors * kernels_.lanes;
      tile.fetch = whole && end <= row->first + row->count && is_fused(p_.activation);
      if (tile.fetch) {  // right into y
        tile.y = operands.y + (y + row->at + (m - row->first) * taps_.y.step()) * kBytes;
        tile.y_pitch = p_.y.channel * kBytes;
        kernels_.run(tile);
        continue;
      }
      tile.y = reinterpret_cast<std::byte*>(results);
      tile.y_pitch = kResultsPitch * kBytes;
      kernels_.run(tile);
      std::byte* const of_tile = operands.y + y * kBytes;
      for (std::int64_t l = m; l < end;) {
        if (row->first + row->count == l) ++row;
        const std::int64_t pixels = std::min(end, row->first + row->count) - l;
        const std::int64_t at_row = row->at + (l - row->first) * taps_.y.step();
        store(results + (l - m) * row_phases_, at.channels, pixels * row_phases_,
              of_tile + at_row * kBytes);
        l += pixels;
      }
    }
  }

  // So many outputs of each channel of a tile.
  void store(T* results, std::int64_t channels, std::int64_t count, std::byte* y) const {
    if (!is_fused(p_.activation)) {
      for (std::int64_t c = 0; c < channels; ++c) {
        std::for_each_n(results + c * kResultsPitch, count,
                        [&](T& result) { result = activate(p_.activation, result); });
      }
    }
    copies_.copy({.from = results,
                  .from_pitch = kResultsPitch,
                  .to = y,
                  .to_pitch = p_.y.channel * kBytes,
                  .rows = channels,
                  .count = count});
  }

  Problem p_;
  int threads_;
  const PanelKernels<T>& kernels_;
  const ChannelTileKernels<T>& copies_ = channel_tile_kernels(T{});
  std::int64_t I_, O_;
  OneTap taps_;
  std::int64_t row_phases_;
  std::int64_t lanes_;  // of a panel
  PanelCopy<T> copy_;
  std::int64_t tile_channels_, tiles_;
  std::int64_t stretch_ = 0, stretches_ = 1;  // pixels of one, and how many there are
  std::int64_t blocks_ = 1;                   // of tiles, each an item of work
};

template <typename T>
std::string refuse(const Problem& problem) {
  if (panel_kernels(T{}).slots == 0) return "the processor has no masked loads";
  if (std::string why = refuse_one_tap(problem); !why.empty()) return why;
  const Axis& row = problem.axes[kMaxAxes - 1];
  if (row.kernel > kMaxPanelPhases) return "the row has many phases";
  if (problem.y.axes[kMaxAxes - 1] != 1) return "the outputs of a row do not lie side by side";
  const std::int64_t depth = problem.in_channels / problem.groups;
  if (depth >
      kStretchBytes / (2 * panel_kernels(T{}).lanes * static_cast<std::int64_t>(sizeof(T)))) {
    return "a panel of all input channels is too large";
  }
  return {};
}

}  // namespace

std::string refuse_panels(const Problem& problem) {
  return problem.dtype == DType::Float64 ? refuse<double>(problem) : refuse<float>(problem);
}

std::shared_ptr<const Executor> make_panels(const Problem& problem, int threads) {
  if (problem.dtype == DType::Float64) return std::make_shared<Panels<double>>(problem, threads);
  return std::make_shared<Panels<float>>(problem, threads);
}

}  // namespace tconv::kernels
