#include "kernels/slab.hpp"

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
void Slab<Element>::fill(const std::byte* x, const Band& band, T* slab) const {
  const auto& step = p_.x.axes;
  constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;
  const std::int64_t width = extent(band, 2);
  thread_local std::vector<std::int64_t> columns;
  columns.clear();
  for (std::int64_t w = 0; w < width; ++w) columns.push_back(source(band, 2, w));
  // Channels side by side are read a pixel at a time, others a channel at a time.
  const bool together = p_.x.channel == 1;
  for (std::int64_t i = 0; i < (together ? 1 : I_); ++i) {
    T* to = slab + i * channel_step(band);
    for (std::int64_t d = 0; d < extent(band, 0); ++d) {
      for (std::int64_t h = 0; h < extent(band, 1); ++h, to += width * pixel_step()) {
        const std::int64_t from_d = source(band, 0, d), from_h = source(band, 1, h);
        const bool inside = from_d != kPadValue && from_h != kPadValue;
        const std::byte* const row =
            inside ? x + (i * p_.x.channel + from_d * step[D] + from_h * step[H]) * Element::kBytes
                   : nullptr;
        if (!together) {
          copy_row(row, columns, to);
          continue;
        }
        for (std::int64_t w = 0; w < width; ++w) {
          const std::int64_t from = columns[static_cast<std::size_t>(w)];
          const bool padded = row == nullptr || from == kPadValue;
          copy_pixel(padded ? nullptr : row + from * step[W] * Element::kBytes, channel_step(band),
                     to + w * pixel_step());
        }
      }
    }
  }
}

// One channel's elements of a row; null is padding.
template <typename Element>
void Slab<Element>::copy_row(const std::byte* row, const std::vector<std::int64_t>& columns,
                             T* slab) const {
  const std::int64_t step = p_.x.axes[kMaxAxes - 1] * Element::kBytes;
  if (row == nullptr) {
    std::fill_n(slab, columns.size(), pad_value());
    return;
  }
  for (const std::int64_t from : columns) {
    *slab++ = from == kPadValue ? pad_value() : Element::load(row + from * step);
  }
}

// All channels of a pixel; null is padding.
template <typename Element>
void Slab<Element>::copy_pixel(const std::byte* pixel, std::int64_t channel_step, T* slab) const {
  for (std::int64_t i = 0; i < I_; ++i, slab += channel_step) {
    *slab = pixel == nullptr ? pad_value() : Element::load(pixel + i * Element::kBytes);
  }
}

template class Slab<Float32Element>;
template class Slab<Float64Element>;
template class Slab<Float16Element>;
template class Slab<BFloat16Element>;

}  // namespace tconv::kernels
