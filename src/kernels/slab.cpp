#include "kernels/slab.hpp"

#include "kernels/half_rows.hpp"

namespace tconv::kernels {

template <typename Element>
Problem Slab<Element>::problem_of(const Band& band) const {
  Problem problem = p_;
  problem.batch = problem.groups = 1;
  problem.in_channels = I_;
  problem.out_channels = p_.out_channels / p_.groups;
  problem.pad_mode = PadMode::Zeros;
  std::int64_t step = pixel_step();
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

template <typename Element>
void Slab<Element>::list_runs(const Band& band, std::vector<Run>& runs) const {
  runs.clear();
  for (std::int64_t w = 0; w < extent(band, 2); ++w) {
    const std::int64_t from = source(band, 2, w);
    const bool goes_on =
        !runs.empty() && (from == kPadValue ? runs.back().from == kPadValue
                                            : runs.back().from != kPadValue &&
                                                  from == runs.back().from + runs.back().count);
    if (!goes_on) runs.push_back({.from = from});
    ++runs.back().count;
  }
}

template <typename Element>
void Slab<Element>::fill(const std::byte* x, const Band& band, T* slab) const {
  const auto& step = p_.x.axes;
  constexpr std::size_t D = kFirstBoxAxis, H = D + 1;
  thread_local std::vector<Run> runs;
  list_runs(band, runs);
  const std::int64_t next_channel = channel_step(band);
  const std::int64_t next_row = extent(band, 2) * pixel_step();
  // Channels side by side are read a pixel at a time, others a channel at a time.
  const bool together = p_.x.channel == 1;
  for (std::int64_t i = 0; i < (together ? 1 : I_); ++i) {
    T* to = slab + i * next_channel;
    for (std::int64_t d = 0; d < extent(band, 0); ++d) {
      for (std::int64_t h = 0; h < extent(band, 1); ++h, to += next_row) {
        const std::int64_t from_d = source(band, 0, d), from_h = source(band, 1, h);
        const bool inside = from_d != kPadValue && from_h != kPadValue;
        const std::byte* const row =
            inside ? x + (i * p_.x.channel + from_d * step[D] + from_h * step[H]) * Element::kBytes
                   : nullptr;
        together ? copy_pixels(row, runs, next_channel, to) : copy_row(row, runs, to);
      }
    }
  }
}

// One channel's elements of a row; null is padding.
template <typename Element>
void Slab<Element>::copy_row(const std::byte* row, const std::vector<Run>& runs, T* slab) const {
  const std::int64_t step = p_.x.axes[kMaxAxes - 1];
  for (const Run& run : runs) {
    if (row == nullptr || run.from == kPadValue) {
      std::fill_n(slab, run.count, pad_value());
    } else if (step == 1) {
      load_row<Element>(row + run.from * Element::kBytes, run.count, slab);
    } else {
      for (std::int64_t w = 0; w < run.count; ++w) {
        slab[w] = Element::load(row + (run.from + w) * step * Element::kBytes);
      }
    }
    slab += run.count;
  }
}

// All channels of a row's pixels; null is padding.
template <typename Element>
void Slab<Element>::copy_pixels(const std::byte* row, const std::vector<Run>& runs,
                                std::int64_t channel_step, T* slab) const {
  constexpr std::int64_t kPart = 64;
  T part[kPart];
  for (const Run& run : runs) {
    const bool padded = row == nullptr || run.from == kPadValue;
    if (padded) std::fill_n(part, kPart, pad_value());
    for (std::int64_t w = 0; w < run.count; ++w, slab += pixel_step()) {
      const std::byte* const pixel =
          padded ? nullptr : row + (run.from + w) * p_.x.axes[kMaxAxes - 1] * Element::kBytes;
      if (!padded && channel_step == 1) {
        load_row<Element>(pixel, I_, slab);
        continue;
      }
      for (std::int64_t first = 0; first < I_; first += kPart) {
        const std::int64_t count = std::min(kPart, I_ - first);
        if (!padded) load_row<Element>(pixel + first * Element::kBytes, count, part);
        for (std::int64_t i = 0; i < count; ++i) slab[(first + i) * channel_step] = part[i];
      }
    }
  }
}

template class Slab<Float32Element>;
template class Slab<Float64Element>;
template class Slab<Float16Element>;
template class Slab<BFloat16Element>;

}  // namespace tconv::kernels
