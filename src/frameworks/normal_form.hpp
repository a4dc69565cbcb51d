// A convolution without its layout or its direction: what two layers of different frameworks must
// have in common to give the same values.
//
//   y[p] = sum_j xpad[p*stride + j*dilation - begin] * w[j]
//
// over x with `spread` - 1 zeros between neighbours. A transposed problem of stride s is the one
// with spread s, stride 1 and the kernel backwards. Stride, dilation and spread have no divisor in
// common with each other and begin.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "tconv/problem.hpp"

namespace tconv::frameworks {

struct NormalAxis {
  std::int64_t input = 1, kernel = 1, dilation = 1, stride = 1, spread = 1;
  std::int64_t begin = 0;   // where the window of y[0] starts, that far before x[0]
  std::int64_t output = 1;  // so many windows: how far the padding goes on behind them is all one
  friend bool operator==(const NormalAxis&, const NormalAxis&) = default;

  std::int64_t reach() const { return (kernel - 1) * dilation + 1; }
  std::int64_t spread_input() const { return input == 0 ? 0 : (input - 1) * spread + 1; }
  // Elements that the last window reads behind x; negative where it ends before.
  std::int64_t end() const { return (output - 1) * stride + reach() - begin - spread_input(); }
};

struct NormalForm {
  std::int64_t groups = 1, in_channels = 1, out_channels = 1;
  bool groups_along_batch = false;
  PadMode pad_mode = PadMode::Zeros;  // Zeros where nothing else outside x is read
  std::vector<NormalAxis> axes{};
  friend bool operator==(const NormalForm&, const NormalForm&) = default;

  std::size_t rank() const { return axes.size(); }
};

// Whose groups are those of the channels: a problem's strides do not always tell. Fails where
// output_extents fails.
Result<NormalForm> normal_form(const Problem& problem);

// Whether the problem reads its weights backwards, as a forward one.
bool reads_backwards(const Problem& problem);

// After so many positions what is padded repeats itself; 0 where it never does.
std::int64_t period(PadMode mode, const NormalAxis& axis);

// The same values by the taps in reverse: along axes of negative dilation.
NormalForm reversed(const NormalForm& form);

// Whether both give the same values for those extents of x: equal, or equal but for whole periods.
bool are_equivalent(const NormalForm& a, const NormalForm& b);

// Explicit steps around a layer, one entry an axis.
struct PadStep {
  std::int64_t begin = 0, end = 0;  // elements added; negative: cut, after those that are added
};
struct SliceStep {
  std::int64_t begin = 0, end = 0;  // elements cut
  std::int64_t step = 1;
};
struct Steps {
  std::vector<PadStep> pads{};  // of x, by pad_mode; empty: none
  PadMode pad_mode = PadMode::Zeros;
  std::vector<SliceStep> slices{};  // of y; empty: none
};

// The layer's form with the steps around it; `inputs` are the extents of x before them. nullopt
// where that is no convolution: where the layer itself pads what the steps padded otherwise, or
// reads beyond what they padded.
std::optional<NormalForm> with_steps(const NormalForm& layer, const Steps& steps,
                                     const std::vector<std::int64_t>& inputs);

}  // namespace tconv::frameworks
