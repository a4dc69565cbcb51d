#include "kernels/gathered.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

#include "kernels/band_executors.hpp"
#include "kernels/element.hpp"
#include "kernels/plain.hpp"
#include "kernels/region.hpp"
#include "kernels/taps.hpp"
#include "support/aligned.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// A slab stays in a core's cache beside the weights that meet it.
constexpr std::int64_t kSlabBytes = 256 << 10;
constexpr std::int64_t kCacheLineBytes = 64, kCrowdedBytes = 512;
// Bands are listed, each perhaps with taps of its own: of a gigantic problem they are wider instead
// of more.
constexpr std::int64_t kMaxBands = 1 << 13;
constexpr std::int64_t kMaxBandTaps = 1 << 20;

bool copies_padding(const Problem& problem) {
  return problem.direction == Direction::Forward && problem.pad_mode != PadMode::Zeros;
}

template <typename Element>
class Gathered final : public Executor {
  using T = typename Element::Accumulator;
  static constexpr std::int64_t kBytes = sizeof(T);

 public:
  Gathered(const Problem& problem, int threads, ChooseBand choose_band)
      : p_(problem),
        threads_(threads),
        I_(problem.in_channels / problem.groups),
        O_(problem.out_channels / problem.groups) {
    const auto extents = output_extents(problem);
    for (std::size_t a = 0; a < kBoxAxes; ++a) {
      if (banded_ == kBoxAxes && (*extents)[kFirstBoxAxis + a] > 1) banded_ = a;
    }
    if (banded_ == kBoxAxes) banded_ = kBoxAxes - 1;
    const std::int64_t outputs = (*extents)[kFirstBoxAxis + banded_];
    const std::vector<Band> bands = cut(outputs);
    const auto longest = std::max_element(
        bands.begin(), bands.end(), [](const Band& a, const Band& b) { return a.count < b.count; });
    const MakeBand make_band = choose_band(problem_of(*longest));
    parts_ = band_executors(bands, [&](const Band& band) { return make_band(problem_of(band)); });
    for (const Band& band : bands) {
      slab_bytes_ = std::max(slab_bytes_, slab_elements(band) * kBytes);
    }
  }

  std::string_view target() const override { return parts_[0].executor->target(); }
  std::int64_t packed_bytes() const override { return p_.groups * group_bytes(); }
  std::int64_t workspace_bytes() const override {
    std::int64_t widest = 0;
    for (const BandExecutor& part : parts_) widest = std::max(widest, extent(part.band, 2));
    return slab_bytes_ + widest * static_cast<std::int64_t>(sizeof(std::int64_t));
  }

  void pack(const std::byte* w, std::byte* packed) const override {
    for (std::int64_t g = 0; g < p_.groups; ++g) {
      parts_[0].executor->pack(w + g * p_.w.group * Element::kBytes, packed + g * group_bytes());
    }
  }

  void run(const Operands& operands, const std::byte* packed) const override {
    const auto parts = static_cast<std::int64_t>(parts_.size());
    support::parallel_for(threads_, p_.batch * p_.groups * parts, [&](std::int64_t item) {
      thread_local support::AlignedBytes slab;
      slab.reserve(static_cast<std::size_t>(slab_bytes_));
      const std::int64_t n = item / parts / p_.groups;
      const std::int64_t g = item / parts % p_.groups;
      const BandExecutor& part = parts_[static_cast<std::size_t>(item % parts)];
      const std::int64_t x_first =
          p_.x.first + n * p_.x.batch + g * p_.x.group + g * I_ * p_.x.channel;
      fill(operands.x + x_first * Element::kBytes, part.band, slab.as<T>());
      const std::int64_t y_first = p_.y.first + n * p_.y.batch + g * p_.y.group +
                                   g * O_ * p_.y.channel +
                                   part.band.first * p_.y.axes[kFirstBoxAxis + banded_];
      part.executor->run({.x = slab.data(),
                          .w = operands.w + g * p_.w.group * Element::kBytes,
                          .bias = p_.has_bias ? operands.bias + g * O_ * Element::kBytes : nullptr,
                          .y = operands.y + y_first * Element::kBytes},
                         packed + g * group_bytes());
    });
  }

 private:
  const Axis& axis(std::size_t a) const { return p_.axes[kFirstBoxAxis + a]; }
  std::int64_t extent(const Band& band, std::size_t a) const {
    if (a == banded_) return band.axis.input;
    return axis(a).input + (copies_padding(p_) ? axis(a).begin + axis(a).end : 0);
  }
  std::int64_t group_bytes() const { return parts_[0].executor->packed_bytes(); }

  // From one channel of a slab to the next: one more cache line where all would fall into few of a
  // cache's sets, and push one another out.
  std::int64_t channel_step(const Band& band) const {
    const std::int64_t step = extent(band, 0) * extent(band, 1) * extent(band, 2);
    return step * kBytes % kCrowdedBytes == 0 ? step + kCacheLineBytes / kBytes : step;
  }
  std::int64_t slab_elements(const Band& band) const { return I_ * channel_step(band); }

  // As many outputs to a band as a slab holds, but at least one, and bands for every thread.
  std::vector<Band> cut(std::int64_t outputs) const {
    const auto bands = [&](std::int64_t count) {
      return copies_padding(p_) ? copied_bands(axis(banded_), outputs, count)
                                : zero_padded_bands(p_.direction, axis(banded_), outputs, count);
    };
    const std::int64_t units = p_.batch * p_.groups;
    std::int64_t count = (outputs * units + threads_ - 1) / threads_;
    count = std::clamp<std::int64_t>(count, 1, outputs);
    const std::int64_t most = std::min(kMaxBands, kMaxBandTaps / axis(banded_).kernel);
    while (count > 1 && outputs / count < most) {
      std::int64_t largest = 0;
      for (const Band& band : bands(count)) largest = std::max(largest, slab_elements(band));
      if (largest * kBytes <= kSlabBytes) break;
      count = (count + 1) / 2;
    }
    return bands(count);
  }

  // The band as a problem of one image and one group, x being the slab.
  Problem problem_of(const Band& band) const {
    Problem problem = p_;
    problem.batch = problem.groups = 1;
    problem.in_channels = I_;
    problem.out_channels = O_;
    problem.pad_mode = PadMode::Zeros;
    std::int64_t step = 1;
    for (std::size_t a = kBoxAxes; a-- > 0;) {
      Axis& own = problem.axes[kFirstBoxAxis + a];
      own = a == banded_ ? band.axis : own;
      own.input = extent(band, a);
      if (copies_padding(p_)) own.begin = own.end = 0;
      problem.x.axes[kFirstBoxAxis + a] = step;
      step *= own.input;
    }
    problem.x.first = problem.x.batch = problem.x.group = problem.y.first = 0;
    problem.x.channel = channel_step(band);
    return problem;
  }

  // The input that slab position i of an axis is copied from, or kPadValue.
  std::int64_t source(const Band& band, std::size_t a, std::int64_t i) const {
    if (a == banded_) i += band.input;
    if (!copies_padding(p_)) return i;
    i -= axis(a).begin;
    return 0 <= i && i < axis(a).input ? i : borrowed_index(p_.pad_mode, i, axis(a).input);
  }

  void fill(const std::byte* x, const Band& band, T* slabs) const {
    const auto& step = p_.x.axes;
    constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;
    const std::int64_t width = extent(band, 2);
    thread_local std::vector<std::int64_t> columns;
    columns.clear();
    for (std::int64_t w = 0; w < width; ++w) columns.push_back(source(band, 2, w));
    for (std::int64_t i = 0; i < I_; ++i) {
      T* slab = slabs + i * channel_step(band);
      for (std::int64_t d = 0; d < extent(band, 0); ++d) {
        for (std::int64_t h = 0; h < extent(band, 1); ++h, slab += width) {
          const std::int64_t from_d = source(band, 0, d), from_h = source(band, 1, h);
          if (from_d == kPadValue || from_h == kPadValue) {
            std::fill_n(slab, width, static_cast<T>(p_.pad_value));
            continue;
          }
          const std::byte* const row =
              x + (i * p_.x.channel + from_d * step[D] + from_h * step[H]) * Element::kBytes;
          for (std::int64_t w = 0; w < width; ++w) {
            const std::int64_t from = columns[static_cast<std::size_t>(w)];
            slab[w] = from == kPadValue ? static_cast<T>(p_.pad_value)
                                        : Element::load(row + from * step[W] * Element::kBytes);
          }
        }
      }
    }
  }

  Problem p_;
  int threads_;
  std::int64_t I_, O_;
  std::size_t banded_ = kBoxAxes;  // the outermost axis with more than one output
  std::vector<BandExecutor> parts_;
  std::int64_t slab_bytes_ = 0;
};

}  // namespace

std::string refuse_gathered(const Problem& problem) {
  if (is_empty(problem)) return "y is empty";
  if (problem.rank > static_cast<int>(kBoxAxes)) return "more than three axes";
  if (phase_combinations(problem) == kManyPhases) return "the strides make too many phases";
  for (const Axis& axis : problem.axes) {
    if (axis.input == 0) return "x is empty";
    if (copies_padding(problem) && axis.input_dilation > 1) return "x is dilated and then padded";
    if (copies_padding(problem) && (axis.begin < 0 || axis.end < 0)) return "padding cuts";
  }
  return {};
}

std::shared_ptr<const Executor> make_gathered(const Problem& problem, int threads,
                                              ChooseBand choose_band) {
  switch (problem.dtype) {
    case DType::Float16:
      return std::make_shared<Gathered<Float16Element>>(problem, threads, choose_band);
    case DType::BFloat16:
      return std::make_shared<Gathered<BFloat16Element>>(problem, threads, choose_band);
    case DType::Float64:
      return std::make_shared<Gathered<Float64Element>>(problem, threads, choose_band);
    default: return std::make_shared<Gathered<Float32Element>>(problem, threads, choose_band);
  }
}

}  // namespace tconv::kernels
