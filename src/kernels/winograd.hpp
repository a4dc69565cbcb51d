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
// Errors   tconv/plan.hpp states the bound. With B, G and A as in winograd_points.hpp, the
// transforms
//          of inputs round twice or thrice along each axis, weights are rounded once, K products
//          are added, results round at most four times along each axis, and the bias once: less
//          than K + 20 roundings of terms that sum to (|A^T| . |G| |g| . |B^T| |d|), and along one
//          axis that is at most c * (sum of |g|) * (largest |d|) with
//            c = max over results r and taps k of sum_e |A_er| |G_ek| sum_j |B_je|.
// Finite   A NaN or an infinity reaches every output of its tile. An output that does not come out
//          finite is therefore computed again by the formula of tconv/problem.hpp. That is as slow
//          as the reference, and the same for every batch: no tile or image takes another path as a
//          whole.
// Source   Lavin & Gray, arXiv:1509.09308; the analysis of errors follows Higham, "Accuracy and
// Stability of
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
