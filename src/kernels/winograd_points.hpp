// Minimal filtering F(m, 3): m neighbouring outputs of three taps from m + 2 products,
//
//   y = A^T [(G g) . (B^T d)],
//
// with g the taps and d the m + 2 inputs they meet: polynomials multiplied by their values at
// m + 1 points and at infinity. Along two axes the matrices are applied along each.
//
// F(2, 3) takes the points 0, 1, -1. F(4, 3) takes 0, 21/32, -21/32, 3/2, -3/2, near the least
// error that pairs +-p can have; a sixteenth more or less hardly matters. With Lavin & Gray's 0, 1,
// -1, 2, -2 the largest error is 4 times and the mean error 2.3 times as large, with 1/2 and 2 they
// are 1.7 and 1.4 times (64 channels of normal data). In pairs the transforms share their even and
// odd parts; squares, cubes and products of these points are exact in float32.
//
// Row p of B^T has the coefficients of the product of (x - q) over the other points q, and row p of
// G divides by its value at p.
// Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv:1509.09308;
// Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep
// Neural Networks", arXiv:1803.10986 (points).
#pragma once
#include <array>

namespace tconv::kernels {

inline constexpr int kWinogradTaps = 3;
inline constexpr int kMaxWinogradPoints = 6;  // along one axis

inline constexpr double kNearPoint = 21.0 / 32, kFarPoint = 3.0 / 2;  // of F(4, 3)

// G of F(tile, 3), tile 2 or 4, in the order of points 0, +a, -a[, +b, -b], infinity.
constexpr std::array<std::array<double, kWinogradTaps>, kMaxWinogradPoints> winograd_g(int tile) {
  const std::array<double, 5> points = {0, tile == 2 ? 1 : kNearPoint, tile == 2 ? -1 : -kNearPoint,
                                        kFarPoint, -kFarPoint};
  std::array<std::array<double, kWinogradTaps>, kMaxWinogradPoints> g{};
  for (int e = 0; e <= tile; ++e) {
    double value = 1;
    for (int q = 0; q <= tile; ++q) {
      if (q != e) value *= points[e] - points[q];
    }
    g[e] = {1 / value, points[e] / value, points[e] * points[e] / value};
  }
  g[tile + 1] = {0, 0, 1};
  return g;
}

}  // namespace tconv::kernels
