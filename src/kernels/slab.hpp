// The input that a band of outputs meets, copied to where a plain kernel reads it: widened, with
// padding that is copied from x, and apart where it would crowd into few sets of a cache.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/band.hpp"
#include "kernels/box.hpp"
#include "kernels/element.hpp"
#include "kernels/plain.hpp"
#include "kernels/taps.hpp"

namespace tconv::kernels {

// Up to so many output channels a group, lanes of channels would be mostly empty.
inline constexpr std::int64_t kFewChannels = 8;

// Of one image and group of a problem, cut into bands along `banded` of the box's axes. A slab
// holds [channel][pixel], or [pixel][channel] where x does and channels will be the lanes.
template <typename Element>
class Slab {
  using T = typename Element::Accumulator;

 public:
  Slab(const Problem& problem, std::size_t banded)
      : p_(problem),
        banded_(banded),
        I_(problem.in_channels / problem.groups),
        few_(problem.out_channels / problem.groups <= kFewChannels) {}

  std::int64_t bytes(const Band& band) const {
    return (by_pixels() ? pixels(band) * pixel_step() : I_ * channel_step(band)) *
           static_cast<std::int64_t>(sizeof(T));
  }
  // Of the list of a row's runs, while the slab is filled.
  std::int64_t list_bytes(const Band& band) const {
    return most_runs(band) * static_cast<std::int64_t>(sizeof(Run));
  }
  // The band as a problem of one image and one group, x being the slab.
  Problem problem_of(const Band& band) const;

  // x is the image's and group's first element.
  void fill(const std::byte* x, const Band& band, T* slab) const;

 private:
  std::int64_t extent(const Band& band, std::size_t a) const {
    if (a == banded_) return band.axis.input;
    return axis(a).input + (copies_padding(p_) ? axis(a).begin + axis(a).end : 0);
  }
  const Axis& axis(std::size_t a) const { return p_.axes[kFirstBoxAxis + a]; }
  bool by_pixels() const { return p_.x.channel == 1 && !few_; }
  std::int64_t pixels(const Band& band) const {
    return extent(band, 0) * extent(band, 1) * extent(band, 2);
  }

  // One more cache line between neighbours that would fall into few of a cache's sets, and push one
  // another out.
  static std::int64_t spread(std::int64_t step) {
    constexpr std::int64_t kLine = 64 / sizeof(T), kCrowded = 512 / sizeof(T);
    return step % kCrowded == 0 ? step + kLine : step;
  }
  std::int64_t pixel_step() const { return by_pixels() ? spread(I_) : 1; }
  std::int64_t channel_step(const Band& band) const {
    return by_pixels() ? 1 : spread(pixels(band));
  }

  // The input that slab position i of an axis is copied from, or kPadValue.
  std::int64_t source(const Band& band, std::size_t a, std::int64_t i) const {
    if (a == banded_) i += band.input;
    if (!copies_padding(p_)) return i;
    i -= axis(a).begin;
    return 0 <= i && i < axis(a).input ? i : borrowed_index(p_.pad_mode, i, axis(a).input);
  }
  T pad_value() const { return static_cast<T>(p_.pad_value); }

  // Positions of a row that are copied from neighbours side by side, or padding.
  struct Run {
    std::int64_t from = 0, count = 0;
  };
  std::int64_t most_runs(const Band& band) const {
    return copies_padding(p_) ? extent(band, 2) : 1;
  }
  void list_runs(const Band& band, std::vector<Run>& runs) const;
  void copy_row(const std::byte* row, const std::vector<Run>& runs, T* slab) const;
  void copy_pixels(const std::byte* row, const std::vector<Run>& runs, std::int64_t channel_step,
                   T* slab) const;
  void transpose(const std::byte* pixels, std::int64_t count, std::int64_t channel_step,
                 T* slab) const;

  Problem p_;
  std::size_t banded_;
  std::int64_t I_;
  bool few_;
};

extern template class Slab<Float32Element>;
extern template class Slab<Float64Element>;
extern template class Slab<Float16Element>;
extern template class Slab<BFloat16Element>;

}  // namespace tconv::kernels
