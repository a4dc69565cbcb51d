#include "kernels/winograd_pack.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/channel_tile.hpp"
#include "kernels/element.hpp"
#include "kernels/region.hpp"
#include "kernels/winograd_points.hpp"
#include "support/parallel.hpp"

namespace tconv::kernels {
namespace {

using Lanes = std::array<double, kMaxBlockChannels>;

// to[e] = G from, of every lane; elements of `from` and `to` are `step` apart.
template <int kTile>
void apply_g(const Lanes* from, Lanes* to, int step) {
  constexpr auto kG = winograd_g(kTile);
  for (int e = 0; e < kTile + 2; ++e) {
    const auto& g = kG[static_cast<std::size_t>(e)];
    for (std::size_t c = 0; c < kMaxBlockChannels; ++c) {
      to[e * step][c] = g[0] * from[0][c] + g[1] * from[step][c] + g[2] * from[2 * step][c];
    }
  }
}

// The points of one in channel's taps, row-major [row][column].
template <int kTile>
void transform(bool plane, const Lanes* taps, Lanes* points) {
  if (!plane) return apply_g<kTile>(taps, points, 1);
  constexpr int kPoints = kTile + 2;
  Lanes rows[kPoints * kWinogradTaps];  // G g, then (G g) G^T
  for (int j = 0; j < kWinogradTaps; ++j) apply_g<kTile>(taps + j, rows + j, kWinogradTaps);
  for (int e = 0; e < kPoints; ++e) {
    apply_g<kTile>(rows + e * kWinogradTaps, points + e * kPoints, 1);
  }
}

constexpr std::size_t D = kFirstBoxAxis, H = D + 1, W = D + 2;

// Reads the transformed taps of `present` out channels.
template <typename T>
class Taps {
 public:
  Taps(const Problem& problem, const WinogradShape& shape) : p_(problem), shape_(shape) {}

  void read(const std::byte* w, std::int64_t outer, std::int64_t present, Lanes* taps) const {
    const std::int64_t outer_at = axis_at(D, shape_.depth_tap(outer)) +
                                  (shape_.plane ? 0 : axis_at(H, shape_.row_tap(outer)));
    for (std::int64_t r = 0; r < (shape_.plane ? kWinogradTaps : 1); ++r) {
      const std::int64_t row =
          shape_.plane ? axis_at(H, WinogradShape::kernel_index(shape_.row, r)) : 0;
      for (std::int64_t j = 0; j < kWinogradTaps; ++j, ++taps) {
        const std::int64_t at =
            outer_at + row + axis_at(W, WinogradShape::kernel_index(shape_.column, j));
        for (std::int64_t c = 0; c < present; ++c) {
          (*taps)[static_cast<std::size_t>(c)] = NativeElement<T>::load(
              w + (at + c * p_.w.out) * static_cast<std::int64_t>(sizeof(T)));
        }
      }
    }
  }

 private:
  std::int64_t axis_at(std::size_t a, std::int64_t j) const {
    return p_.w.axes[a] * (p_.flip_kernel ? p_.axes[a].kernel - 1 - j : j);
  }

  const Problem& p_;
  const WinogradShape& shape_;
};

}  // namespace

std::int64_t WinogradLayout::chunk_width(std::int64_t b) const {
  const std::int64_t first = b / o_chunk * o_chunk;
  return std::min((first + o_chunk) * block, padded_o()) - first * block;
}

std::int64_t WinogradLayout::chunk_depth(std::int64_t k) const {
  return std::min(k_chunk, K - k / k_chunk * k_chunk) * lanes;
}

std::int64_t WinogradLayout::at(std::int64_t b, std::int64_t k) const {
  const std::int64_t first_b = b / o_chunk * o_chunk, first_k = k / k_chunk * k_chunk;
  return points * lanes * (first_b * block * K + chunk_width(b) * first_k) +
         (b - first_b) * block * chunk_depth(k) + (k - first_k) * lanes * block_width(b);
}

std::int64_t WinogradLayout::point_step(std::int64_t b, std::int64_t k) const {
  return chunk_width(b) * chunk_depth(k);
}

template <typename T>
void pack_winograd(const Problem& problem, const WinogradShape& shape, const WinogradLayout& layout,
                   int threads, const std::byte* w, T* packed) {
  const Taps<T> reader(problem, shape);
  const std::int64_t vectors = layout.K / shape.outer_taps;  // of in channels
  support::parallel_for(threads, problem.groups * layout.blocks(), [&](std::int64_t item) {
    const std::int64_t g = item / layout.blocks(), b = item % layout.blocks();
    const std::int64_t first = g * problem.w.group + b * layout.block * problem.w.out;
    const std::int64_t width = layout.block_width(b);
    const std::int64_t present = std::min(width, shape.O - b * layout.block);
    T* const group = packed + g * layout.group_elements();
    Lanes taps[kWinogradTaps * kWinogradTaps] = {};
    Lanes points[kMaxWinogradPoints * kMaxWinogradPoints];
    // The points lie powers of two apart, where their lines would share a few sets of the caches:
    // a vector of k is put together first.
    const std::int64_t part = layout.lanes * width, pitch = part + kMaxBlockChannels;
    std::vector<T> staged(static_cast<std::size_t>(layout.points * pitch));
    for (std::int64_t k = 0; k < layout.K; ++k) {
      for (std::int64_t l = 0; l < layout.lanes; ++l) {
        const std::int64_t i = k % vectors * layout.lanes + l;
        if (i < shape.I) {
          const std::byte* const from =
              w + (first + i * problem.w.in) * static_cast<std::int64_t>(sizeof(T));
          reader.read(from, k / vectors, present, taps);
          shape.tile == 2 ? transform<2>(shape.plane, taps, points)
                          : transform<4>(shape.plane, taps, points);
        } else {
          std::fill_n(points, shape.points, Lanes{});
        }
        T* to = staged.data() + l * width;
        for (std::int64_t e = 0; e < layout.points; ++e, to += pitch) {
          for (std::int64_t c = 0; c < width; ++c) {
            to[c] = static_cast<T>(points[e][static_cast<std::size_t>(c)]);
          }
        }
      }
      for (std::int64_t e = 0; e < layout.points; ++e) {
        std::copy_n(staged.data() + e * pitch, part,
                    group + layout.at(b, k) + e * layout.point_step(b, k));
      }
    }
  });
}

template void pack_winograd(const Problem&, const WinogradShape&, const WinogradLayout&, int,
                            const std::byte*, float*);
template void pack_winograd(const Problem&, const WinogradShape&, const WinogradLayout&, int,
                            const std::byte*, double*);

}  // namespace tconv::kernels
