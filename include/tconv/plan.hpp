// Plan, then execute: how a problem will be computed, decided before any element is read.
//
//   auto plan = Plan::make(problem, {.threads = 2});
//   auto packed = plan->pack(w);              // once
//   plan->run({x, w, bias, y}, packed.get()); // many times
//
// A plan is a pure function of the problem, the options and the processor's instruction set, so
// it and the bits of y are the same on every run. The bits do not depend on the plan either,
// except under Math::Fast: every exact algorithm adds the taps of an output in the order that
// tconv/problem.hpp fixes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/convolve.hpp"

namespace tconv {

namespace kernels {
class Executor;
}

// Exact keeps the order of summation. Fast also allows Winograd's algorithm for three taps along
// the last axis or 3x3 along the last two, stride and dilation 1, where it should be faster:
//
//   |y - exact| <= u * (K + 20) * c * S,   S = |bias| + sum over K of (sum of |w|) * (largest |x|
//                                              that the output's tile meets)
//
// with u = 2^-24 for float32 and 2^-53 for float64, K the in channels of a group times the taps of
// the other axes (2*K where multiply-adds are not fused), and c = 4 in tiles of 2 outputs, 13 in
// tiles of 4, squared where two axes are transformed. On data of both signs the error stays within
// 3 (tiles of 2) and 15 (of 4) times 4*sqrt(T) + 4 units of the sum of T products' magnitudes, and
// of float32 within 2e-5 in relative L2 norm. The bits do not depend on threads, batch or layout.
// An output that comes out not finite is computed again as Exact does, so that NaN, infinities and
// overflow reach the outputs that they reach there, and no others.
enum class Math { Exact, Fast };

struct PlanOptions {
  std::string algorithm{};  // forces one by name; empty: the best that accepts the problem
  Math math = Math::Exact;
  int threads = 0;  // 0: as many as the machine runs at once
};

// One algorithm as the planner saw it.
struct Candidate {
  std::string_view name;
  bool accepted = false;
  bool chosen = false;
  std::string reason{};  // why it was refused, or what it would do
};

// Weights in the order a plan reads them; empty where it reads them in place.
class PackedWeights {
 public:
  PackedWeights() = default;
  explicit PackedWeights(std::int64_t bytes);
  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  std::int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* data) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::int64_t size_ = 0;
};

class Plan {
 public:
  // Fails with ShapeMismatch where output_extents fails, with DTypeMismatch where the dtype is not
  // a floating one, and with Usage where options.algorithm is unknown or refuses the problem.
  static Result<Plan> make(const Problem& problem, const PlanOptions& options = {});

  std::string_view algorithm() const { return algorithm_; }
  std::string_view target() const;  // the instruction set, "AVX3"; empty for the reference
  int threads() const { return threads_; }
  std::int64_t packed_bytes() const;     // of one PackedWeights
  std::int64_t workspace_bytes() const;  // of one thread, beside a few KiB of its stack
  std::span<const Candidate> candidates() const { return candidates_; }

  PackedWeights pack(const std::byte* w) const;
  void pack(const std::byte* w, PackedWeights& packed) const;  // reuses memory that is enough

  // Fills every element of y. `packed` comes from pack() of this plan or of one for an equal
  // problem and equal options; without it the weights of the operands are packed first.
  void run(const Operands& operands, const PackedWeights* packed = nullptr) const;

 private:
  Plan() = default;

  std::string_view algorithm_;
  int threads_ = 1;
  std::vector<Candidate> candidates_;
  std::shared_ptr<const kernels::Executor> executor_;
};

// The names PlanOptions::algorithm knows, in the order in which they are considered.
std::vector<std::string_view> algorithm_names();

}  // namespace tconv
