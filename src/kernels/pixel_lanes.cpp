#include "kernels/pixel_lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kernels/activation.hpp"
#include "kernels/element.hpp"
#include "kernels/interleave.hpp"
#include "kernels/pixel_geometry.hpp"
#include "kernels/pixel_tile.hpp"
#include "support/aligned.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// Multiply-adds of one vector in one item of work: some 50 microseconds.
constexpr std::int64_t kItemWork = 150'000;
// A panel leaves room for weights in the first cache.
constexpr std::int64_t kPanelBytes = 64 << 10;
// Steps in a list, and tiles near the ends of an axis that have lists of their own.
constexpr std::int64_t kMaxSteps = 4096;
constexpr std::int64_t kMaxSpacing = 64;

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
        O_(problem.out_channels / problem.groups),
        geometry_(problem, kernels_.lanes, kernels_.max_sums, kBytes),
        shape_(geometry_.shape()) {
    direct_ = is_fused(p_.activation) && shape_.phases == 1 && p_.y.axes[kMaxAxes - 1] == 1;
    // Many channels read the same pixels, plane by plane, each a page of its own: better copied.
    const std::int64_t panel =
        I_ * shape_.vectors * kernels_.lanes * kBytes * geometry_.longest_list();
    const bool pointwise = geometry_.longest_list() == 1 && O_ > 2 * shape_.channels;
    if (pointwise && panel <= kPanelBytes) panel_bytes_ = panel;
    const std::int64_t tile_work =
        I_ * geometry_.longest_list() * shape_.vectors * O_ * shape_.rows * shape_.phases;
    item_tiles_ = std::max<std::int64_t>(1, kItemWork / std::max<std::int64_t>(1, tile_work));
  }

  std::string_view target() const override { return kernels_.target; }
  std::int64_t workspace_bytes() const override { return panel_bytes_; }

  void run(const Operands& operands, const std::byte*) const override {
    const std::int64_t columns = geometry_.count(2), rows = geometry_.count(1);
    const std::int64_t tiles = geometry_.count(0) * rows * columns;
    const std::int64_t items = (tiles + item_tiles_ - 1) / item_tiles_;
    support::parallel_for(threads_, p_.batch * p_.groups * items, [&](std::int64_t item) {
      const std::int64_t n = item / items / p_.groups;
      const std::int64_t g = item / items % p_.groups;
      const std::int64_t first = item % items * item_tiles_;
      const std::int64_t end = std::min(tiles, first + item_tiles_);
      for (std::int64_t tile = first; tile < end;) {
        const std::int64_t column = tile / rows, row = tile % rows;
        Place place{.n = n,
                    .g = g,
                    .d = geometry_.tile(0, column / columns),
                    .h = geometry_.tile(1, row),
                    .w = geometry_.tile(2, column % columns)};
        // With channels for several tiles, they had better meet an input while it is cached.
        if (direct_ && O_ <= shape_.channels) {
          place.repeats = std::min(geometry_.alike(1, row), end - tile);
          if (place.repeats > 1) place.next_h = geometry_.tile(1, row + 1);
        }
        if (panel_bytes_ > 0) fill_panel(operands, place);
        for (std::int64_t o = 0; o < O_; o += shape_.channels) run_tile(operands, place, o);
        tile += place.repeats;
      }
    });
  }

 private:
  // One tile of one image and group, for any of its channels; and those below it that are alike.
  struct Place {
    std::int64_t n = 0, g = 0;
    AxisTile d{}, h{}, w{};
    std::int64_t repeats = 1;
    AxisTile next_h{};
    const std::byte* panel = nullptr;  // read instead of x, if there is one
    std::int64_t panel_channel = 0;
  };

  // The inputs of a whole tile, channel by channel, where each meets one tap.
  void fill_panel(const Operands& operands, Place& place) const {
    const PixelGeometry::List& list = geometry_.list(place.d, place.h, place.w);
    if (!list.all_lanes || list.steps.size() != 1) return;
    thread_local support::AlignedBytes panel;
    panel.reserve(static_cast<std::size_t>(panel_bytes_));
    const std::int64_t bytes = geometry_.vectors_for(place.w.count) * kernels_.lanes * kBytes;
    const std::byte* const x = input_of(operands, place) + list.steps[0].x;
    for (std::int64_t i = 0; i < I_; ++i) {
      std::memcpy(panel.data() + i * bytes, x + i * p_.x.channel * kBytes,
                  static_cast<std::size_t>(bytes));
    }
    place.panel = panel.data() - list.steps[0].x;
    place.panel_channel = bytes;
  }

  const std::byte* input_of(const Operands& operands, const Place& place) const {
    const auto& [n, g, d, h, w, repeats, next_h, panel, panel_channel] = place;
    const std::int64_t first = p_.x.first + n * p_.x.batch + g * p_.x.group + g * I_ * p_.x.channel;
    const Box& step = geometry_.x_step();
    return operands.x + first * kBytes + d.input * step[0] + h.input * step[1] + w.input * step[2];
  }

  void run_tile(const Operands& operands, const Place& place, std::int64_t o) const {
    const auto& [n, g, d, h, w, repeats, next_h, panel, panel_channel] = place;
    const PixelGeometry::List& list = geometry_.list(d, h, w);
    const Box& x_step = geometry_.x_step();
    const std::int64_t channels = std::min(shape_.channels, O_ - o);
    const std::int64_t first = g * O_ + o;
    constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;
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
    const PixelTile<T> tile{
        .x = panel != nullptr ? panel : input_of(operands, place),
        .w = operands.w + geometry_.w_first() + (g * p_.w.group + o * p_.w.out) * kBytes,
        .w_slots = geometry_.w_slots(),
        .slots = slots,
        .vectors = static_cast<int>(geometry_.vectors_for(w.count)),
        .x_step = static_cast<int>(geometry_.x_lane_step()),
        .channels = I_,
        .x_channel = panel != nullptr ? panel_channel : p_.x.channel * kBytes,
        .w_channel = p_.w.in * kBytes,
        .steps = list.steps.data(),
        .runs = list.runs.data(),
        .runs_count = static_cast<std::int64_t>(list.runs.size()),
        .all_lanes = list.all_lanes,
        .bias = p_.has_bias ? bias : nullptr,
        .relu = p_.activation == Activation::Relu,
        .y = direct_ ? operands.y + y_tile * Element::kBytes : nullptr,
        .y_slots = geometry_.y_slots(),
        .stored = geometry_.slots_of_rows(h.count),
        .pixels = static_cast<int>(w.count),
        .repeats = repeats,
        .x_repeat = (next_h.input - h.input) * x_step[1],
        .y_repeat = (next_h.first - h.first) * p_.y.axes[H] * Element::kBytes,
        .results = results};
    kernels_.run(tile);
    if (!direct_) store(results, operands.y + y_tile * Element::kBytes, tile, w);
  }

  void store(const T* results, std::byte* y, const PixelTile<T>& tile, const AxisTile& w) const {
    if (is_fused(p_.activation) && p_.y.axes[kMaxAxes - 1] == 1) {
      const std::int64_t count = std::min(w.count * shape_.phases, geometry_.outputs() - w.first);
      for (int s = 0; s < tile.slots; s += static_cast<int>(shape_.phases)) {
        if ((tile.stored & (1U << s)) == 0) continue;
        interleave({.from = results + s * kMaxTileLanes,
                    .phases = shape_.phases,
                    .phase_pitch = kMaxTileLanes,
                    .count = count,
                    .y = y + geometry_.y_slots()[s]});
      }
      return;
    }
    const std::int64_t step = shape_.phases * p_.y.axes[kMaxAxes - 1] * Element::kBytes;
    for (int s = 0; s < tile.slots; ++s) {
      if ((tile.stored & (1U << s)) == 0) continue;
      const std::int64_t phase = s % shape_.phases;
      // The last lane of the later phases may lie beyond the end.
      const std::int64_t present =
          (geometry_.outputs() - w.first - phase + shape_.phases - 1) / shape_.phases;
      std::byte* const to = y + geometry_.y_slots()[s];
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
  PixelGeometry geometry_;
  TileShape shape_;
  std::int64_t item_tiles_ = 1;
  std::int64_t panel_bytes_ = 0;
  bool direct_ = false;  // the kernel stores into y itself
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
