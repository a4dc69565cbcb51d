#include "kernels/panel_copy.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/element.hpp"
#include "kernels/panel_tile.hpp"
#include "kernels/rounding.hpp"

namespace tconv::kernels {
namespace {

constexpr std::int64_t kLineBytes = 64;

}  // namespace

PixelFetch::PixelFetch(const std::byte* x, std::int64_t channels, std::int64_t channel_bytes,
                       std::int64_t lines, std::int64_t times)
    : x_(x),
      channels_(channels),
      channel_bytes_(channel_bytes),
      lines_(lines),
      at_once_(quotient_up(channels * lines, times)) {}

void PixelFetch::some() {
  for (std::int64_t n = 0; n < at_once_ && channel_ < channels_; ++n) {
    __builtin_prefetch(x_ + channel_ * channel_bytes_ + line_ * kLineBytes, 0, 2);
    if (++line_ < lines_) continue;
    line_ = 0;
    ++channel_;
  }
}

template <typename T>
void PanelCopy<T>::copy(const std::byte* x, std::int64_t first, std::int64_t count,
                        T* panels) const {
  const std::int64_t panel = channels_ * lanes_;
  if (const std::int64_t rest = count % lanes_; rest != 0) {
    T* const last = panels + count / lanes_ * panel;
    for (std::int64_t i = 0; i < channels_; ++i) {
      std::fill(last + i * lanes_ + rest, last + (i + 1) * lanes_, T{0});
    }
  }
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(T));
  for (const PixelRow& row : order_.rows(first, count)) {
    const std::int64_t begin = row.first - first, lane = begin % lanes_;
    // Pixels that fill a panel, those of whole ones, and those that begin one.
    const std::int64_t head = lane == 0 ? 0 : std::min(lanes_ - lane, row.count);
    const std::int64_t whole = (row.count - head) / lanes_, tail = (row.count - head) % lanes_;
    T* of_channel = panels + begin / lanes_ * panel;
    for (std::int64_t i = 0; i < channels_; ++i, of_channel += lanes_) {
      const std::byte* from = x + (row.at + i * channel_step_) * kBytes;
      T* to = of_channel;
      if (head > 0) {
        from = copy(from, head, to + lane);
        to += panel;
      }
      for (std::int64_t k = 0; k < whole; ++k, to += panel) from = copy(from, lanes_, to);
      if (tail > 0) copy(from, tail, to);
    }
  }
}

// Returns where the pixels that follow are.
template <typename T>
const std::byte* PanelCopy<T>::copy(const std::byte* from, std::int64_t count, T* to) const {
  const std::int64_t step = order_.step() * static_cast<std::int64_t>(sizeof(T));
  if (order_.step() != 1) {
    for (std::int64_t l = 0; l < count; ++l) to[l] = NativeElement<T>::load(from + l * step);
  } else if (count == kMaxPanelLanes) {  // a length that the compiler knows
    std::memcpy(to, from, kMaxPanelLanes * sizeof(T));
  } else {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
  }
  return from + count * step;
}

template <typename T>
PixelFetch PanelCopy<T>::fetch(const std::byte* x, std::int64_t first, std::int64_t count,
                               std::int64_t times) const {
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(T));
  const std::vector<PixelRow> rows = order_.rows(first, count);
  if (rows.size() != 1 || order_.step() != 1) return {};
  return {x + rows[0].at * kBytes, channels_, channel_step_ * kBytes,
          quotient_up(count * kBytes, kLineBytes), times};
}

template class PanelCopy<float>;
template class PanelCopy<double>;

}  // namespace tconv::kernels
