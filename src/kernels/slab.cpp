#include "kernels/slab.hpp"

#include "kernels/half_rows.hpp"
#include "kernels/transposed_copy.hpp"

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
  runs.reserve(static_cast<std::size_t>(most_runs(band)));
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
  const std::int64_t step = p_.x.axes[kMaxAxes - 1] * Element::kBytes;
  for (const Run& run : runs) {
    const bool padded = row == nullptr || run.from == kPadValue;
    const std::byte* const pixels = padded ? nullptr : row + run.from * step;
    if (channel_step == 1) {
      for (std::int64_t w = 0; w < run.count; ++w, slab += pixel_step()) {
        if (padded) {
          std::fill_n(slab, I_, pad_value());
        } else {
          load_row<Element>(pixels + w * step, I_, slab);
        }
      }
      continue;
    }
    for (std::int64_t i = 0; padded && i < I_; ++i) {
      std::fill_n(slab + i * channel_step, run.count, pad_value());
    }
    if (!padded) transpose(pixels, run.count, channel_step, slab);
    slab += run.count;
  }
}

// Pixels of channels side by side to channels of pixels side by side.
template <typename Element>
void Slab<Element>::transpose(const std::byte* pixels, std::int64_t count,
                              std::int64_t channel_step, T* slab) const {
  const std::int64_t step = p_.x.axes[kMaxAxes - 1] * Element::kBytes;
  if constexpr (kIsNative<Element>) {
    return copy_transposed(TransposedCopy<T>{.from = pixels,
                                             .from_pitch = step,
                                             .pixels = count,
                                             .channels = I_,
                                             .to = slab,
                                             .to_pitch = channel_step});
  }
  constexpr std::int64_t kPixels = 16, kChannels = 64;
  T part[kPixels][kChannels];
  for (std::int64_t w = 0; w < count; w += kPixels) {
    const std::int64_t across = std::min(kPixels, count - w);
    for (std::int64_t i = 0; i < I_; i += kChannels) {
      const std::int64_t down = std::min(kChannels, I_ - i);
      for (std::int64_t m = 0; m < across; ++m) {
        load_row<Element>(pixels + (w + m) * step + i * Element::kBytes, down, part[m]);
      }
      copy_transposed(TransposedCopy<T>{.from = reinterpret_cast<const std::byte*>(part),
                                        .from_pitch = sizeof part[0],
                                        .pixels = across,
                                        .channels = down,
                                        .to = slab + i * channel_step + w,
                                        .to_pitch = channel_step});
    }
  }
}

template class Slab<Float32Element>;
template class Slab<Float64Element>;
template class Slab<Float16Element>;
template class Slab<BFloat16Element>;

}  // namespace tconv::kernels
