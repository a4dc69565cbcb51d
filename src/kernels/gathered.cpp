#include "kernels/gathered.hpp"

#include <algorithm>
#include <vector>

#include "kernels/band_executors.hpp"
#include "kernels/element.hpp"
#include "kernels/plain.hpp"
#include "kernels/region.hpp"
#include "kernels/rounding.hpp"
#include "kernels/slab.hpp"
#include "support/aligned.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

// A slab stays in a core's cache beside the weights that meet it.
constexpr std::int64_t kSlabBytes = 256 << 10;
// Weights beyond this size are read anew for every band, which had better be large then: 1024 to
// 256 channels at 16x16, k4 s2, channels last: 24.0 ms in slabs of 256 KiB, 19.4 ms in these.
constexpr std::int64_t kCachedWeightsBytes = 1 << 20, kLargeSlabBytes = 768 << 10;
// Where not even one output's slab stays in a cache, large slabs copy each row less often: 2048 to
// 256 channels at 33x33, dilation 12, channels last: 108 ms a row at a time, 77 ms so.
constexpr std::int64_t kCachedSlabBytes = 1 << 20, kMostSlabBytes = 8 << 20;
// Bands are listed, each perhaps with taps of its own: of a gigantic problem they are wider instead
// of more.
constexpr std::int64_t kMaxBands = 1 << 13;
constexpr std::int64_t kMaxBandTaps = 1 << 20;

// With more than one output, or the last.
std::size_t outermost_axis(const Problem& problem) {
  const auto extents = output_extents(problem);
  std::size_t a = 0;
  while (a + 1 < kBoxAxes && (*extents)[kFirstBoxAxis + a] == 1) ++a;
  return a;
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
        O_(problem.out_channels / problem.groups),
        banded_(outermost_axis(problem)),
        slab_(problem, banded_) {
    const std::int64_t outputs = (*output_extents(problem))[kFirstBoxAxis + banded_];
    const std::vector<Band> bands = cut(outputs);
    const auto longest = std::max_element(
        bands.begin(), bands.end(), [](const Band& a, const Band& b) { return a.count < b.count; });
    const MakeBand make_band = choose_band(slab_.problem_of(*longest));
    parts_ =
        band_executors(bands, [&](const Band& band) { return make_band(slab_.problem_of(band)); });
    for (const Band& band : bands) {
      slab_bytes_ = std::max(slab_bytes_, slab_.bytes(band));
    }
  }

  std::string_view target() const override { return parts_[0].executor->target(); }
  std::int64_t packed_bytes() const override { return p_.groups * group_bytes(); }
  std::int64_t workspace_bytes() const override {
    std::int64_t most = 0;  // beside the slab
    for (const BandExecutor& part : parts_) {
      most = std::max(most, slab_.list_bytes(part.band) + part.executor->workspace_bytes());
    }
    return slab_bytes_ + most;
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
      slab_.fill(operands.x + x_first * Element::kBytes, part.band, slab.as<T>());
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
  std::int64_t weights_bytes() const {
    std::int64_t taps = 1;
    for (const Axis& each : p_.axes) taps *= each.kernel;
    return O_ * I_ * taps * kBytes;
  }
  std::int64_t group_bytes() const { return parts_[0].executor->packed_bytes(); }

  // As many outputs to a band as a slab holds, but at least one, and bands for every thread.
  std::vector<Band> cut(std::int64_t outputs) const {
    const auto bands = [&](std::int64_t count) {
      return copies_padding(p_) ? copied_bands(axis(banded_), outputs, count)
                                : zero_padded_bands(p_.direction, axis(banded_), outputs, count);
    };
    const auto bytes = [&](std::int64_t count) {
      std::int64_t largest = 0;
      for (const Band& band : bands(count)) largest = std::max(largest, slab_.bytes(band));
      return largest;
    };
    const std::int64_t units = p_.batch * p_.groups;
    std::int64_t count =
        std::clamp<std::int64_t>(quotient_up(outputs * units, threads_), 1, outputs);
    const std::int64_t most = std::min(kMaxBands, kMaxBandTaps / axis(banded_).kernel);
    const std::int64_t least = outputs < most ? bytes(1) : 0;
    const std::int64_t slab = least > kCachedSlabBytes                ? kMostSlabBytes
                              : weights_bytes() > kCachedWeightsBytes ? kLargeSlabBytes
                                                                      : kSlabBytes;
    while (count > 1 && outputs / count < most && bytes(count) > slab) count = (count + 1) / 2;
    return bands(count);
  }

  Problem p_;
  int threads_;
  std::int64_t I_, O_;
  std::size_t banded_;
  Slab<Element> slab_;
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
