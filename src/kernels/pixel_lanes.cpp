#include "kernels/pixel_lanes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/activation.hpp"
#include "kernels/element.hpp"
#include "kernels/half_rows.hpp"
#include "kernels/input_span.hpp"
#include "kernels/interleave.hpp"
#include "kernels/pixel_geometry.hpp"
#include "kernels/pixel_rows.hpp"
#include "kernels/pixel_tile.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// Multiply-adds of one vector in one item of work: some 50 microseconds.
constexpr std::int64_t kItemWork = 150'000;
constexpr std::int64_t kStretchBytes = 256 << 10;
constexpr std::int64_t kItemsPerThread = 4;
// Steps in a list, and tiles near the ends of an axis that have lists of their own.
constexpr std::int64_t kMaxSteps = 4096;
constexpr std::int64_t kMaxSpacing = 64;

template <typename Element>
class PixelLanes final : public Executor {
  using T = typename Element::Accumulator;
  static constexpr std::int64_t kBytes = sizeof(T);  // of an element of x, widened before

 public:
  PixelLanes(const Problem& problem, int threads)
      : p_(problem),
        threads_(threads),
        kernels_(pixel_tile_kernels(T{})),
        I_(problem.in_channels / problem.groups),
        O_(problem.out_channels / problem.groups),
        geometry_(problem, kernels_.lanes, kernels_.max_sums, kBytes, Element::kBytes),
        shape_(geometry_.shape()),
        span_(input_span(problem)) {
    direct_ = kIsNative<Element> && is_fused(p_.activation) && shape_.phases == 1 &&
              p_.y.axes[kMaxAxes - 1] == 1;
    const std::int64_t tile_work =
        I_ * geometry_.longest_list() * shape_.vectors * O_ * shape_.units();
    item_tiles_ = std::max<std::int64_t>(1, kItemWork / std::max<std::int64_t>(1, tile_work));
    if (direct_ && geometry_.count(1) == 1) {
      // A row's tiles follow each other for one tile of channels, then for the next: y is written
      // in long stretches, and what the stretch reads stays cached.
      const std::int64_t tile_bytes = I_ * shape_.vectors * kernels_.lanes * kBytes;
      const std::int64_t shared = geometry_.count(2) / (kItemsPerThread * threads_);
      item_tiles_ = std::max(item_tiles_, std::min(kStretchBytes / tile_bytes, shared));
    }
    if (geometry_.along_rows()) {
      const std::int64_t columns = geometry_.count(2);
      const std::int64_t tiles = geometry_.count(0) * geometry_.count(1) * columns;
      const std::int64_t shared = p_.batch * p_.groups * tiles / (kItemsPerThread * threads_);
      if (shared >= columns) item_tiles_ = std::max(item_tiles_, shared) / columns * columns;
    }
  }

  std::string_view target() const override { return kernels_.target; }

  std::int64_t packed_bytes() const override { return p_.groups * group_bytes(); }

  void pack(const std::byte* w, std::byte* packed) const override {
    support::parallel_for(threads_, p_.groups, [&](std::int64_t g) {
      pack_group(w, g, reinterpret_cast<T*>(packed + g * group_bytes()));
    });
  }

  void run(const Operands& operands, const std::byte* packed) const override {
    const std::int64_t columns = geometry_.count(2), rows = geometry_.count(1);
    const std::int64_t tiles = geometry_.count(0) * rows * columns;
    const bool along = geometry_.along_rows();
    const std::int64_t items = (tiles + item_tiles_ - 1) / item_tiles_;
    support::parallel_for(threads_, p_.batch * p_.groups * items, [&](std::int64_t item) {
      const std::int64_t n = item / items / p_.groups;
      const std::int64_t g = item / items % p_.groups;
      const std::int64_t first = item % items * item_tiles_;
      const std::int64_t end = std::min(tiles, first + item_tiles_);
      for (std::int64_t tile = first; tile < end;) {
        const std::int64_t column = along ? tile % columns : tile / rows % columns;
        const std::int64_t row = along ? tile / columns % rows : tile % rows;
        Place place{.n = n,
                    .g = g,
                    .d = geometry_.tile(0, tile / rows / columns),
                    .h = geometry_.tile(1, row),
                    .w = geometry_.tile(2, column)};
        if (direct_ && rows == 1) {
          repeat(place, 2, column, end - tile);
        } else if (direct_ && !along && O_ <= shape_.channels) {
          // With channels for several tiles, they had better meet a row while it is cached.
          repeat(place, 1, row, end - tile);
        }
        for (std::int64_t o = 0; o < O_; o += shape_.channels) run_tile(operands, packed, place, o);
        tile += place.repeats;
      }
    });
  }

 private:
  // One tile of one image and group, for any of its channels; and those below it that are alike.
  struct Place {
    std::int64_t n = 0, g = 0;
    AxisTile d{}, h{}, w{};
    std::int64_t repeats = 1, x_repeat = 0, y_repeat = 0;
  };

  // The weights of one input channel and of as many output channels as lie side by side.
  std::int64_t packed_channel_bytes() const {
    std::int64_t taps = 1;
    for (std::size_t a = kFirstBoxAxis; a < kMaxAxes; ++a) taps *= p_.axes[a].kernel;
    return taps * geometry_.packed_channels() * kBytes;
  }
  std::int64_t group_bytes() const {
    const std::int64_t together = geometry_.packed_channels();
    return (O_ + together - 1) / together * I_ * packed_channel_bytes();
  }

  // [output channels side by side][input channel][tap][output channel]
  void pack_group(const std::byte* w, std::int64_t g, T* to) const {
    constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;
    const Box kernel{p_.axes[D].kernel, p_.axes[H].kernel, p_.axes[W].kernel};
    const std::int64_t together = geometry_.packed_channels();
    for (std::int64_t o = 0; o < O_; o += together) {
      for (std::int64_t i = 0; i < I_; ++i) {
        for_each_in(kernel, [&](const Box& tap) {
          std::int64_t from = g * p_.w.group + i * p_.w.in;
          for (std::size_t a = 0; a < kBoxAxes; ++a) {
            const std::int64_t j = p_.flip_kernel ? kernel[a] - 1 - tap[a] : tap[a];
            from += j * p_.w.axes[kFirstBoxAxis + a];
          }
          for (std::int64_t c = o; c < o + together; ++c) {
            *to++ = c < O_ ? Element::load(w + (from + c * p_.w.out) * Element::kBytes) : T{0};
          }
        });
      }
    }
  }

  // Takes the tiles that follow along an axis with the first, if they are alike.
  void repeat(Place& place, std::size_t axis, std::int64_t number, std::int64_t most) const {
    place.repeats = std::min(geometry_.alike(axis, number), most);
    if (place.repeats == 1) return;
    const AxisTile here = geometry_.tile(axis, number), next = geometry_.tile(axis, number + 1);
    place.x_repeat = (next.input - here.input) * geometry_.x_step()[axis];
    place.y_repeat = (next.first - here.first) * p_.y.axes[kFirstBoxAxis + axis] * kBytes;
  }

  const std::byte* input_of(const Operands& operands, const Place& place) const {
    const auto& [n, g, d, h, w, repeats, x_repeat, y_repeat] = place;
    const std::int64_t first = p_.x.first + n * p_.x.batch + g * p_.x.group + g * I_ * p_.x.channel;
    const Box& step = geometry_.x_step();
    return operands.x + first * kBytes + d.input * step[0] + h.input * step[1] + w.input * step[2];
  }

  // Whether loads of whole vectors stay inside the tensor, in all channels of a tile at x.
  bool is_readable(const Operands& operands, const std::byte* x,
                   const PixelGeometry::List& list) const {
    const std::int64_t last = (I_ - 1) * p_.x.channel * kBytes, at = x - operands.x;
    return span_.low * kBytes <= at + list.low + std::min<std::int64_t>(0, last) &&
           at + list.high + std::max<std::int64_t>(0, last) <= span_.high * kBytes;
  }

  void run_tile(const Operands& operands, const std::byte* packed, const Place& place,
                std::int64_t o) const {
    const auto& [n, g, d, h, w, repeats, x_repeat, y_repeat] = place;
    const PixelGeometry::List& list = geometry_.list(d, h, w);
    const std::int64_t channels = std::min(shape_.channels, O_ - o);
    const std::int64_t first = g * O_ + o;
    constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;
    const std::int64_t y_tile = p_.y.first + n * p_.y.batch + g * p_.y.group +
                                first * p_.y.channel + d.first * p_.y.axes[D] +
                                h.first * p_.y.axes[H] + w.first * p_.y.axes[W];
    alignas(64) T results[kMaxSlots * kMaxTileLanes];
    T bias[kMaxSlots];
    const int slots = static_cast<int>(channels * shape_.units());
    if (p_.has_bias) {
      for (int s = 0; s < slots; ++s) {
        const std::int64_t c = s / shape_.units();
        bias[s] = Element::load(operands.bias + (first + c) * Element::kBytes);
      }
    }
    const std::byte* const x = input_of(operands, place);
    const PixelTile<T> tile{.x = x,
                            .w = packed + g * group_bytes() +
                                 o / geometry_.packed_channels() * I_ * packed_channel_bytes() +
                                 o % geometry_.packed_channels() * kBytes,
                            .w_units = geometry_.w_units(),
                            .units = static_cast<int>(shape_.units()),
                            .slots = slots,
                            .vectors = static_cast<int>(geometry_.vectors_for(w.count)),
                            .x_step = static_cast<int>(geometry_.x_lane_step()),
                            .channels = I_,
                            .x_channel = p_.x.channel * kBytes,
                            .w_channel = packed_channel_bytes(),
                            .steps = list.steps.data(),
                            .runs = list.runs.data(),
                            .runs_count = static_cast<std::int64_t>(list.runs.size()),
                            .rows = list.rows.data(),
                            .rows_count = static_cast<std::int64_t>(list.rows.size()),
                            .lines = list.lines.data(),
                            .lines_count = static_cast<std::int64_t>(list.lines.size()),
                            .all_lanes = list.all_lanes,
                            .readable = is_readable(operands, x, list),
                            .bias = p_.has_bias ? bias : nullptr,
                            .relu = p_.activation == Activation::Relu,
                            .y = direct_ ? operands.y + y_tile * Element::kBytes : nullptr,
                            .y_slots = geometry_.y_slots(),
                            .stored = geometry_.slots_of_rows(h.count),
                            .pixels = static_cast<int>(w.count),
                            .repeats = repeats,
                            .x_repeat = x_repeat,
                            .y_repeat = y_repeat,
                            .results = results};
    list.sequence < 0 ? kernels_.run(tile) : rows_kernels_.run(tile, list.sequence);
    if (!direct_) store(results, operands.y + y_tile * Element::kBytes, tile, w);
  }

  void store(const T* results, std::byte* y, const PixelTile<T>& tile, const AxisTile& w) const {
    if (is_fused(p_.activation) && p_.y.axes[kMaxAxes - 1] == 1) {
      const std::int64_t count = std::min(w.count * shape_.phases, geometry_.outputs() - w.first);
      for (int s = 0; s < tile.slots; s += static_cast<int>(shape_.phases)) {
        if ((tile.stored & (1U << s)) == 0) continue;
        Interleave<T> row{.from = results + s * kMaxTileLanes,
                          .phases = shape_.phases,
                          .phase_pitch = kMaxTileLanes,
                          .count = count,
                          .y = y + geometry_.y_slots()[s]};
        if constexpr (kIsNative<Element>) {
          interleave(row);
        } else if (shape_.phases == 1) {
          store_row<Element>(row.from, count, row.y);
        } else {
          T wide[kMaxSlots * kMaxTileLanes];
          std::byte* const to = row.y;
          row.y = reinterpret_cast<std::byte*>(wide);
          interleave(row);
          store_row<Element>(wide, count, to);
        }
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
  const PixelRowsKernels<T>& rows_kernels_ = pixel_rows_kernels(T{});
  std::int64_t I_, O_;
  PixelGeometry geometry_;
  TileShape shape_;
  InputSpan span_;
  std::int64_t item_tiles_ = 1;
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
  const auto make = [&]<typename Element>(Element) -> std::shared_ptr<const Executor> {
    return std::make_shared<PixelLanes<Element>>(problem, threads);
  };
  switch (problem.dtype) {
    case DType::Float16: return make(Float16Element());
    case DType::BFloat16: return make(BFloat16Element());
    case DType::Float64: return make(Float64Element());
    default: return make(Float32Element());
  }
}

}  // namespace tconv::kernels
