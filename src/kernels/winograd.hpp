// Winograd's algorithm (winograd_points.hpp) for kernels of three taps along the last axis, or of
// 3x3 along the last two: fewer multiplications, other roundings. An axis before those may have any
// kernel; its taps count as channels.
//
// A band of a few tiles of outputs at a time: the input they meet is transformed into a panel of
// points, a small matrix product for each point makes sums of it and the transformed weights, and
// those are transformed into results. All of it stays in a core's cache.
//
// Bits     An output's depend on its tile alone: they are equal for any number of threads, any
//          batch and any layout, and among instruction sets with a fused multiply-add.
// Errors   With S = sum over channels of (sum of |taps|) * (largest |input| of the tile),
//          K the channels (times the taps of an axis before), and u the unit roundoff:
//            |y - exact| <= u * (K + 36) * c * S,  c = 4 for F(2,3) and 13 for F(4,3), squared
//            along
//          two axes (winograd_bound). On data of both signs errors stay near
//          the square root: within 3 times what tests allow the exact algorithms for F(2,3), 15
//          times for F(4,3), and a relative L2 error below 2e-5 in float32.
// Not finite: a NaN or an infinity would reach every output of a tile. An output that does not come
//          out finite is computed once more by the formula: so NaN, infinities and overflow end up
//          where the exact algorithms have them, at the speed of the reference.
// Source   Lavin & Gray, arXiv:1509.09308; error analysis as in Higham, "Accuracy and Stability of
//          Numerical Algorithms", 2002, section 3.1.
#pragma once
#include <memory>
#include <string>

#include "kernels/executor.hpp"

namespace tconv::kernels {

// Outputs of a tile along each transformed axis.
enum class WinogradTile : int { Two = 2, Four = 4 };

// Why the problem is not taken; empty where it is.
std::string refuse_winograd(const Problem& problem);

// Time of each, of a problem that is not refused, in multiply-adds of the exact algorithms. It
// counts transforms and the reading of transformed weights, which are 1.8 or 4 times as many.
double winograd_cost(const Problem& problem, WinogradTile tile);
double exact_cost(const Problem& problem);

// c of the bound above, squared where two axes are transformed.
double winograd_bound(const Problem& problem, WinogradTile tile);

// The problem is one it does not refuse.
std::shared_ptr<const Executor> make_winograd(const Problem& problem, WinogradTile tile,
                                              int threads);

}  // namespace tconv::kernels
