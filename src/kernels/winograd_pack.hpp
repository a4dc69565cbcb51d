// Weights transformed to points and laid out in the order that bands of tiles read them.
#pragma once
#include "kernels/winograd_shape.hpp"

namespace tconv::kernels {

// The weights of a group:
//   [chunk of out channels][chunk of k][point][block of out channels][k][out channel of the block]
// with k over outer taps, then in channels, whose number is rounded up to vectors (`lanes`). Blocks
// have `block` channels, the last one `lanes` where these are enough; weights of channels that do
// not exist are 0.
struct WinogradLayout {
  std::int64_t lanes = 1, block = 2;
  std::int64_t points = 36;
  std::int64_t I = 1, K = 1, O = 1;       // channels of a group; K counts vectors of k
  std::int64_t k_chunk = 1, o_chunk = 1;  // vectors of k; blocks of out channels
  std::int64_t blocks() const { return (O + block - 1) / block; }
  std::int64_t padded_o() const { return (O + lanes - 1) / lanes * lanes; }
  std::int64_t block_width(std::int64_t b) const {
    return b + 1 < blocks() ? block : padded_o() - b * block;
  }
  std::int64_t group_elements() const { return points * K * lanes * padded_o(); }

  // Where block b has the weights of vector k of the first point, and how far on it has those of
  // the next point.
  std::int64_t at(std::int64_t b, std::int64_t k) const;
  std::int64_t point_step(std::int64_t b, std::int64_t k) const;

 private:
  std::int64_t chunk_width(std::int64_t b) const;
  std::int64_t chunk_depth(std::int64_t k) const;
};

// Transforms all weights of the problem; T is float or double. Sums are kept in float64.
template <typename T>
void pack_winograd(const Problem& problem, const WinogradShape& shape, const WinogradLayout& layout,
                   int threads, const std::byte* w, T* packed);

extern template void pack_winograd(const Problem&, const WinogradShape&, const WinogradLayout&, int,
                                   const std::byte*, float*);
extern template void pack_winograd(const Problem&, const WinogradShape&, const WinogradLayout&, int,
                                   const std::byte*, double*);

}  // namespace tconv::kernels
