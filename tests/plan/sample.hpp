// A problem with the values of its tensors, apart from dtype and layout: tests run it in many ways
// and compare what comes out.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/target.hpp"
#include "plan/guarded.hpp"
#include "plan/layouts.hpp"
#include "tconv/plan.hpp"

namespace tconv::test {

using Values = std::vector<double>;  // of any dtype, without loss

// x [batch][channel]..., w [group][out][in]..., bias [channel]; row-major. The problem's strides
// are unset, it has up to three axes.
struct Sample {
  Problem problem;
  Values x{}, w{}, bias{};
};

// How one run goes about it. The tensors lie flush against guard pages.
struct Way {
  PlanOptions options{};
  Layout x = Layout::ChannelsFirst, y = Layout::ChannelsFirst, w = Layout::ChannelsFirst;
  Flush flush = Flush::Right;
  bool odd_addresses = false;  // one byte off, so that no element is aligned
  bool pack_apart = false;     // through a packing buffer full of NaN
};

// The values of y, [batch][channel]..., row-major; empty where the plan refuses. Checks that every
// element was written, and no byte between them or next to them.
Values run(const Sample& sample, const Way& way);

bool same_bits(const Values& a, const Values& b);
Values with_plain_nan(Values values);  // one NaN for all, whatever their bits

enum class Fill { Integers, Reals };
Sample fill(const Problem& problem, Fill values, std::mt19937& random);

std::string describe(const Problem& problem);
std::string describe(const Way& way);

double rounded(DType dtype, double value);  // to a number of the dtype

// The instruction sets this processor has. Those without a fused multiply-add round twice: on
// reals their bits are others than the reference's.
struct TestTarget {
  kernels::Target target;
  std::string_view name;
  bool fused;
};
std::vector<TestTarget> targets();

// Plans made in its lifetime are for `target`.
class WithTarget {
 public:
  explicit WithTarget(kernels::Target target) { kernels::choose_target(target); }
  ~WithTarget() { kernels::choose_target(kernels::best_target()); }
  WithTarget(const WithTarget&) = delete;
  WithTarget& operator=(const WithTarget&) = delete;
};

// Whether there is an instruction set with the kernels that need masked loads.
bool has_masked_loads();

// An algorithm that needs masked loads, run by each instruction set that has them on one thread and
// on several: has it the reference's bits? Returns how many runs took the sample.
struct Checked {
  std::string algorithm;
  Layout x = Layout::ChannelsFirst, w = Layout::ChannelsFirst;
};
int check_against_reference(const Sample& sample, const Checked& checked);

}  // namespace tconv::test
