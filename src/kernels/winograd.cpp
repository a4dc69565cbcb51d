#include "kernels/winograd.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "kernels/element.hpp"
#include "kernels/region.hpp"
#include "kernels/winograd_pack.hpp"
#include "kernels/winograd_product.hpp"
#include "kernels/winograd_shape.hpp"
#include "kernels/winograd_store.hpp"
#include "support/aligned.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// Points and sums of a band stay in a core's second cache.
constexpr std::int64_t kBandBytes = 900 << 10;
constexpr std::int64_t kMostBandTiles = 28;
constexpr std::int64_t kMostRunTiles = 14;  // of which the strip stays in the first cache
// Of the in and out channels of a point that a band takes at a time. More out channels transform
// the input less often, but 512 of each then read 19 MB of weights a band and not 9, and are 1.6
// times slower; less of both is slower for 128 and more.
constexpr std::int64_t kChunkBytes = 1 << 10, kOutChunkBytes = 512;
// Weights up to this size stay in a core's cache: then it is the pixels that are read once.
constexpr std::int64_t kCachedWeights = 512 << 10;

constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;

template <typename T>
class Winograd final : public Executor {
  using Element = NativeElement<T>;
  static constexpr std::int64_t kBytes = sizeof(T);

 public:
  Winograd(const Problem& problem, WinogradTile tile, int threads)
      : p_(problem),
        shape_(problem, tile),
        kernels_(winograd_kernels(T{})),
        transforms_(winograd_transforms(T{}, static_cast<int>(tile), shape_.plane)),
        threads_(threads),
        lanes_(kernels_.lanes),
        store_(p_, shape_, transforms_, lanes_),
        rows_(shape_.plane ? shape_.tile + 2 : 1) {
    layout_.lanes = lanes_;
    layout_.block = shape_.O <= lanes_ ? lanes_ : 2 * lanes_;
    layout_.points = shape_.points;
    layout_.I = shape_.I;
    layout_.K = shape_.outer_taps * vectors();
    layout_.O = shape_.O;
    layout_.k_chunk = std::min(layout_.K, kChunkBytes / (lanes_ * kBytes));
    layout_.o_chunk = std::min(layout_.blocks(), kOutChunkBytes / (layout_.block * kBytes));
    chunks_ = (layout_.blocks() + layout_.o_chunk - 1) / layout_.o_chunk;
    cut();
  }

  std::string_view target() const override { return kernels_.target; }
  std::int64_t packed_bytes() const override {
    return p_.groups * layout_.group_elements() * kBytes;
  }
  std::int64_t workspace_bytes() const override {
    return (slab_at() + (is_gathered() ? rows_ * strip_columns() * lanes_ : 0)) * kBytes;
  }

  void pack(const std::byte* w, std::byte* packed) const override {
    pack_winograd(p_, shape_, layout_, threads_, w, reinterpret_cast<T*>(packed));
  }

  void run(const Operands& operands, const std::byte* packed) const override {
    const bool chunk_outer = packed_bytes() / p_.groups > kCachedWeights;
    support::parallel_for(threads_, p_.groups * chunks_ * bands_, [&](std::int64_t item) {
      thread_local support::AlignedBytes workspace;
      workspace.reserve(static_cast<std::size_t>(workspace_bytes()));
      const std::int64_t group = item / (chunks_ * bands_), rest = item % (chunks_ * bands_);
      const std::int64_t chunk = chunk_outer ? rest / bands_ : rest % chunks_;
      const std::int64_t band = chunk_outer ? rest % bands_ : rest / chunks_;
      const T* const weights = reinterpret_cast<const T*>(packed);
      run_band({.operands = operands,
                .weights = weights + group * layout_.group_elements(),
                .workspace = workspace.as<T>(),
                .group = group},
               chunk, band);
    });
  }

 private:
  struct Job {
    const Operands& operands;
    const T* weights = nullptr;  // of the group
    T* workspace = nullptr;
    std::int64_t group = 0;
  };

  // Tiles of a band that lie side by side, `first` being the number of the first in the band.
  struct Part {
    std::int64_t first = 0;
    WinogradRun run{};
  };

  std::int64_t vectors() const { return (shape_.I + lanes_ - 1) / lanes_; }

  // The workspace: points, sums, a strip and, where x has no rows of channels or columns that can
  // be loaded, a slab.
  std::int64_t point_step() const { return (layout_.k_chunk * band_tiles_ + 1) * lanes_; }
  std::int64_t sums_at() const { return shape_.points * point_step(); }
  std::int64_t strip_at() const {
    return sums_at() + layout_.o_chunk * layout_.block * band_tiles_ * shape_.points;
  }
  std::int64_t strip_columns() const {
    const std::int64_t run = std::min({kMostRunTiles, band_tiles_, shape_.tile_columns});
    return run * shape_.tile + 2 + lanes_;
  }
  std::int64_t slab_at() const { return strip_at() + rows_ * strip_columns() * lanes_; }
  bool is_gathered() const {
    const bool side_by_side = p_.x.channel == 1 || p_.x.axes[W] == 1;
    return !transforms_.masks || !side_by_side;
  }

  // As many tiles to a band as its memory holds, but bands for every thread.
  void cut() {
    const std::int64_t channels = layout_.k_chunk * lanes_ + layout_.o_chunk * layout_.block;
    std::int64_t most = kBandBytes / (shape_.points * channels * kBytes);
    const std::int64_t share = shape_.tiles() * p_.groups * chunks_ / (2 * threads_);
    most = std::min({most, kMostBandTiles, std::max<std::int64_t>(share, kernels_.tile_rows)});
    most = std::clamp<std::int64_t>(most, 1, shape_.tiles());
    bands_ = (shape_.tiles() + most - 1) / most;
    if (p_.groups * chunks_ % threads_ != 0) {  // else the bands need not share out evenly
      bands_ = std::min((bands_ + threads_ - 1) / threads_ * threads_, shape_.tiles());
    }
    band_tiles_ = (shape_.tiles() + bands_ - 1) / bands_;
    bands_ = (shape_.tiles() + band_tiles_ - 1) / band_tiles_;
  }

  void run_band(const Job& job, std::int64_t chunk, std::int64_t band) const {
    const std::int64_t first = band * band_tiles_;
    const std::int64_t tiles = std::min(band_tiles_, shape_.tiles() - first);
    std::array<Part, kMostBandTiles> parts;
    std::size_t count = 0;
    for (std::int64_t at = 0; at < tiles; ++count) {
      parts[count] = {.first = at,
                      .run = run_at(shape_, first + at, std::min(kMostRunTiles, tiles - at))};
      at += parts[count].run.tiles;
    }
    const std::span<const Part> all(parts.data(), count);
    const std::int64_t b_first = chunk * layout_.o_chunk;
    const std::int64_t b_end = std::min(b_first + layout_.o_chunk, layout_.blocks());
    for (std::int64_t k = 0; k < layout_.K; k += layout_.k_chunk) {
      const std::int64_t k_end = std::min(k + layout_.k_chunk, layout_.K);
      for (std::int64_t v = k; v < k_end; ++v) {
        for (const Part& part : all) make_points(job, v, v - k, part);
      }
      for (std::int64_t e = 0; e < shape_.points; ++e) {
        for (std::int64_t b = b_first; b < b_end; ++b) {
          add_products(job, {.e = e, .b = b, .first_b = b_first, .k = k, .k_end = k_end}, tiles);
        }
      }
    }
    for (std::int64_t b = b_first; b < b_end; ++b) {
      for (std::int64_t v = 0; v < layout_.block_width(b) / lanes_; ++v) {
        for (const Part& part : all) store_results(job, b, b_first, v, part);
      }
    }
  }

  // Vector number v of k is a vector of in channels with one of the outer taps.
  void make_points(const Job& job, std::int64_t v, std::int64_t place, const Part& part) const {
    const std::int64_t outer = v / vectors(), i = v % vectors() * lanes_;
    const WinogradRun& run = part.run;
    const AxisMap &depth = shape_.depth, &row = shape_.row, &column = shape_.column;
    const std::int64_t at_depth = run.depth * depth.a + shape_.depth_tap(outer) * depth.b + depth.c;
    const std::int64_t at_row = shape_.plane
                                    ? run.tile_row * shape_.tile + WinogradShape::first_input(row)
                                    : run.tile_row * row.a + shape_.row_tap(outer) * row.b + row.c;
    const std::int64_t at_column =
        run.tile_column * shape_.tile + WinogradShape::first_input(column);
    const std::int64_t from = p_.x.first + run.image * p_.x.batch + job.group * p_.x.group +
                              (job.group * shape_.I + i) * p_.x.channel + at_depth * p_.x.axes[D] +
                              at_row * p_.x.axes[H] + at_column * p_.x.axes[W];
    const bool exists = 0 <= at_depth && at_depth < depth.input;
    const std::int64_t columns = run.tiles * shape_.tile + 2;
    T* const strip = job.workspace + strip_at();
    WinogradStrip<T> input{
        .x = job.operands.x + from * kBytes,
        .row = p_.x.axes[H] * kBytes,
        .column = p_.x.axes[W] * kBytes,
        .channel = p_.x.channel * kBytes,
        .row_begin = std::clamp<std::int64_t>(-at_row, 0, rows_),
        .row_end = exists ? std::clamp<std::int64_t>(row.input - at_row, 0, rows_) : 0,
        .column_begin = std::clamp<std::int64_t>(-at_column, 0, columns),
        .column_end = std::clamp<std::int64_t>(column.input - at_column, 0, columns),
        .columns = columns,
        .channels = std::min(lanes_, shape_.I - i),
        .strip = strip};
    input.column_end = std::max(input.column_begin, input.column_end);
    if (is_gathered()) gather(input, job.workspace + slab_at());
    transforms_.strip(input);
    transforms_.points({.strip = strip,
                        .tiles = run.tiles,
                        .points = job.workspace + (place * band_tiles_ + part.first) * lanes_,
                        .point = point_step()});
  }

  // Copies a strip's input to where its channels lie side by side, all of a vector.
  void gather(WinogradStrip<T>& input, T* slab) const {
    for (std::int64_t r = input.row_begin; r < input.row_end; ++r) {
      for (std::int64_t c = input.column_begin; c < input.column_end; ++c) {
        const std::byte* const from = input.x + r * input.row + c * input.column;
        T* const to = slab + (r * input.columns + c) * lanes_;
        for (std::int64_t l = 0; l < lanes_; ++l) {
          to[l] = l < input.channels ? Element::load(from + l * input.channel) : T{0};
        }
      }
    }
    input.x = reinterpret_cast<const std::byte*>(slab);
    input.row = input.columns * lanes_ * kBytes;
    input.column = lanes_ * kBytes;
    input.channel = kBytes;
    input.channels = lanes_;
  }

  // One point, a block of out channels and vectors [k, k_end) of k.
  struct Step {
    std::int64_t e = 0, b = 0, first_b = 0, k = 0, k_end = 0;
  };

  void add_products(const Job& job, const Step& step, std::int64_t tiles) const {
    const std::int64_t tile_step = shape_.points * layout_.block;
    WinogradProduct<T> product{
        .pitch = band_tiles_,
        .blocks = step.k_end - step.k,
        .w = job.weights + layout_.at(step.b, step.k) + step.e * layout_.point_step(step.b, step.k),
        .vectors = static_cast<int>(layout_.block_width(step.b) / lanes_),
        .row = tile_step,
        .more = step.k > 0};
    const T* const points = job.workspace + step.e * point_step();
    T* const sums = job.workspace + sums_at() + (step.b - step.first_b) * band_tiles_ * tile_step +
                    step.e * layout_.block;
    std::int64_t parts = (tiles + kernels_.tile_rows - 1) / kernels_.tile_rows;
    for (std::int64_t at = 0; parts > 0; --parts, at += product.rows) {
      product.rows = static_cast<int>((tiles - at + parts - 1) / parts);
      product.points = points + at * lanes_;
      product.sums = sums + at * tile_step;
      kernels_.product(product);
    }
  }

  // Vector number v of block b.
  void store_results(const Job& job, std::int64_t b, std::int64_t first_b, std::int64_t v,
                     const Part& part) const {
    const std::int64_t tile_step = shape_.points * layout_.block;
    const T* const sums =
        job.workspace + sums_at() + ((b - first_b) * band_tiles_ + part.first) * tile_step;
    store_.store(job.operands, {.sums = sums + v * lanes_,
                                .tile_step = tile_step,
                                .point = layout_.block,
                                .group = job.group,
                                .out = b * layout_.block + v * lanes_,
                                .run = part.run});
  }

  Problem p_;
  WinogradShape shape_;
  const WinogradKernels<T>& kernels_;
  const WinogradTransforms<T>& transforms_;
  int threads_;
  std::int64_t lanes_;
  WinogradStore<T> store_;
  std::int64_t rows_;  // of a strip
  WinogradLayout layout_;
  std::int64_t chunks_ = 1, bands_ = 1, band_tiles_ = 1;
};

}  // namespace

std::shared_ptr<const Executor> make_winograd(const Problem& problem, WinogradTile tile,
                                              int threads) {
  if (problem.dtype == DType::Float64) {
    return std::make_shared<Winograd<double>>(problem, tile, threads);
  }
  return std::make_shared<Winograd<float>>(problem, tile, threads);
}

}  // namespace tconv::kernels
