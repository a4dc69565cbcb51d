// The outputs of an axis in groups that see the input alike.
//
// With a, b, c and e as in axis_map.hpp, outputs S = e/gcd(a, e) apart form a phase: they share
// their taps, and read inputs a*S/e apart, as a dense forward problem does. A phase whose taps are
// few wastes nothing on the zeros between inputs. Source: Tida et al., arXiv:2209.03704 (the phases
// of a transposed convolution).
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/axis_map.hpp"

namespace tconv::kernels {

// A tap, and the input position at which output number 0 of its phase reads; that may be outside.
struct PhaseTap {
  std::int64_t kernel = 0;
  std::int64_t input = 0;
};

// Outputs first, first + step, ...: count of them. Output number q reads tap.input + q*input_step.
struct AxisPhase {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
  std::int64_t input_step = 1;
  std::int64_t input = 0;  // extent of the input
  // The outputs for which every tap lies inside the input: [inner_begin, inner_end).
  std::int64_t inner_begin = 0, inner_end = 0;
  std::vector<PhaseTap> taps{};  // in ascending kernel order; those no output meets are left out

  bool is_inner(std::int64_t q) const { return inner_begin <= q && q < inner_end; }
  bool meets(const PhaseTap& tap, std::int64_t q) const {
    const std::int64_t at = tap.input + q * input_step;
    return 0 <= at && at < input;
  }
};

// The axis is one whose outside is zeros (PadMode::Zeros, or a transposed one); each output is in
// exactly one phase.
std::vector<AxisPhase> axis_phases(const AxisMap& map);

}  // namespace tconv::kernels
