// Which outputs of an axis meet the same taps: the shape that lets a kernel skip zeros instead of
// multiplying them.
//
// Both directions read the input at t = (p*a + j*b + c) / e where e divides it, with p the output
// position and j the tap: forward a = stride, b = dilation, c = -begin, e = input_dilation;
// transposed a = 1, b = -dilation, c = begin, e = stride. Outputs S = e/gcd(a, e) apart form a
// phase: they meet the same taps, at inputs a*S/e apart, as a dense problem does. Near the ends
// some of a phase's taps meet a zero, so a phase is cut into runs.
// Source: Tida et al., arXiv:2209.03704 (phases of a transposed convolution).
#pragma once
#include <cstdint>
#include <vector>

#include "tconv/problem.hpp"

namespace tconv::kernels {

// A tap of a phase, and the input position at which the phase's output number 0 meets it.
struct PhaseTap {
  std::int64_t kernel = 0;
  std::int64_t input = 0;
};

// Outputs first, first + step, ... (count of them). Output number i of the run meets each of the
// taps at tap.input + (offset + i) * input_step, inside the input.
struct AxisRun {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
  std::int64_t offset = 0;  // number of the run's first output in its phase
  std::int64_t input_step = 1;
  std::int64_t taps_begin = 0;  // into AxisRuns::taps
  std::int64_t taps_count = 0;  // may be 0
};

struct AxisRuns {
  std::vector<AxisRun> runs;   // every output is in exactly one
  std::vector<PhaseTap> taps;  // in ascending kernel order within each run
};

// The axis is one whose outside is zeros (PadMode::Zeros, or a transposed one); `extent` outputs.
AxisRuns axis_runs(Direction direction, const Axis& axis, std::int64_t extent);

}  // namespace tconv::kernels
