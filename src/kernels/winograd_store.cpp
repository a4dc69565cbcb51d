#include "kernels/winograd_store.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/activation.hpp"
#include "kernels/element.hpp"
#include "kernels/region.hpp"

namespace tconv::kernels {
namespace {

constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;
constexpr std::int64_t kMostLanes = 16, kMostResults = 16;  // of one vector, of one tile

template <typename T>
constexpr auto kBytes = static_cast<std::int64_t>(sizeof(T));

}  // namespace

template <typename T>
WinogradStore<T>::WinogradStore(const Problem& problem, const WinogradShape& shape,
                                const WinogradTransforms<T>& transforms, std::int64_t lanes)
    : p_(problem), shape_(shape), transforms_(transforms), lanes_(lanes) {}

template <typename T>
void WinogradStore<T>::store(const Operands& operands, const WinogradSums<T>& s) const {
  alignas(64) T bias[kMostLanes] = {};
  alignas(64) T results[kMostResults * kMostLanes];
  const std::int64_t present = std::min(lanes_, shape_.O - s.out);
  if (p_.has_bias) {
    const std::int64_t first = s.group * shape_.O + s.out;
    for (std::int64_t c = 0; c < present; ++c) {
      bias[c] = NativeElement<T>::load(operands.bias + (first + c) * kBytes<T>);
    }
  }
  const bool direct =
      present == lanes_ && is_fused(p_.activation) && (p_.y.channel == 1 || p_.y.axes[W] == 1);
  const std::int64_t height = shape_.plane ? shape_.tile : 1;
  Place place{.group = s.group,
              .image = s.run.image,
              .out = s.out,
              .depth = s.run.depth,
              .row = s.run.tile_row * height,
              .column = s.run.tile_column * shape_.tile};
  WinogradResults<T> tile{.point = s.point,
                          .bias = p_.has_bias ? bias : nullptr,
                          .relu = p_.activation == Activation::Relu,
                          .rows = std::min(height, shape_.row.outputs - place.row),
                          .y_row = p_.y.axes[H] * kBytes<T>,
                          .y_column = p_.y.axes[W] * kBytes<T>,
                          .y_channel = p_.y.channel * kBytes<T>,
                          .results = results};
  for (std::int64_t t = 0; t < s.run.tiles; ++t, place.column += shape_.tile) {
    tile.sums = s.sums + t * s.tile_step;
    tile.columns = std::min(shape_.tile, shape_.column.outputs - place.column);
    tile.y = direct ? operands.y + offset(place) * kBytes<T> : nullptr;
    const bool finite = transforms_.results(tile);
    if (direct && finite) continue;
    tile.y = nullptr;
    if (direct) transforms_.results(tile);
    store_elements(operands, tile, place, present);
  }
}

template <typename T>
std::int64_t WinogradStore<T>::offset(const Place& at) const {
  return p_.y.first + at.image * p_.y.batch + at.group * p_.y.group +
         (at.group * shape_.O + at.out) * p_.y.channel + at.depth * p_.y.axes[D] +
         at.row * p_.y.axes[H] + at.column * p_.y.axes[W];
}

template <typename T>
void WinogradStore<T>::store_elements(const Operands& operands, const WinogradResults<T>& tile,
                                      const Place& first, std::int64_t present) const {
  for (std::int64_t i = 0; i < tile.rows; ++i) {
    for (std::int64_t j = 0; j < tile.columns; ++j) {
      for (std::int64_t c = 0; c < present; ++c) {
        Place at = first;
        at.out += c;
        at.row += i;
        at.column += j;
        T result = tile.results[(i * shape_.tile + j) * lanes_ + c];
        if (!std::isfinite(result)) result = exact(operands, at);
        NativeElement<T>::store(activate(p_.activation, result),
                                operands.y + offset(at) * kBytes<T>);
      }
    }
  }
}

// The sum and bias of an output by the formula of tconv/problem.hpp.
template <typename T>
T WinogradStore<T>::exact(const Operands& operands, const Place& at) const {
  const auto flipped = [&](std::int64_t j, std::size_t a) {
    return p_.w.axes[a] * (p_.flip_kernel ? p_.axes[a].kernel - 1 - j : j);
  };
  const AxisMap &depth = shape_.depth, &row = shape_.row, &column = shape_.column;
  T sum = 0;
  for (std::int64_t i = 0; i < shape_.I; ++i) {
    const std::int64_t x = p_.x.first + at.image * p_.x.batch + at.group * p_.x.group +
                           (at.group * shape_.I + i) * p_.x.channel;
    const std::int64_t w = at.group * p_.w.group + at.out * p_.w.out + i * p_.w.in;
    for (std::int64_t d = 0; d < depth.kernel; ++d) {
      const std::int64_t x_depth = at.depth * depth.a + d * depth.b + depth.c;
      if (x_depth < 0 || x_depth >= depth.input) continue;
      for (std::int64_t h = 0; h < row.kernel; ++h) {
        const std::int64_t x_row = at.row * row.a + h * row.b + row.c;
        if (x_row < 0 || x_row >= row.input) continue;
        for (std::int64_t j = 0; j < column.kernel; ++j) {
          const std::int64_t x_column = at.column * column.a + j * column.b + column.c;
          if (x_column < 0 || x_column >= column.input) continue;
          const std::int64_t from =
              x + x_depth * p_.x.axes[D] + x_row * p_.x.axes[H] + x_column * p_.x.axes[W];
          const std::int64_t weight = w + flipped(d, D) + flipped(h, H) + flipped(j, W);
          sum = std::fma(NativeElement<T>::load(operands.x + from * kBytes<T>),
                         NativeElement<T>::load(operands.w + weight * kBytes<T>), sum);
        }
      }
    }
  }
  if (p_.has_bias) {
    sum += NativeElement<T>::load(operands.bias + (at.group * shape_.O + at.out) * kBytes<T>);
  }
  return sum;
}

template class WinogradStore<float>;
template class WinogradStore<double>;

}  // namespace tconv::kernels
