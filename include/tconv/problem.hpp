// The canonical convolution problem: `frameworks/` produces it, the kernels consume it, and no
// framework's vocabulary goes past this file.
//
//   Forward     y[n,o,p] = b[o] + sum_{i,j} xpad[n, g*I+i, p*stride + j*dilation] * w[g,oo,i,j]
//   Transposed  full[n,o, t*stride + j*dilation] += x[n, g*I+i, t] * w[g,oo,i,j]
//               y[n,o,p] = b[o] + full[n,o, p + begin], where `full` ends is 0
//
// with I = in_channels/groups, O = out_channels/groups, o = g*O + oo, and one p, t, j per spatial
// axis. The kernel is not flipped (cross-correlation) unless flip_kernel says so. xpad is x with
// input_dilation - 1 zeros between neighbours, then padded (a negative pad cuts). Circular padding
// repeats that with a gap between the copies, too: its period is input * input_dilation. The
// activation comes after the bias.
//
// Units    sizes, strides and padding count elements. dilation 1 means a dense kernel.
// Order    each output element is one accumulator over (i, then j row-major) of the taps that
//          meet the input, each added with one fused multiply-add; then the bias; then the
//          activation; then one rounding to dtype. So every algorithm gives the same bits. Where
//          the instruction set has no fused multiply-add (SSE4 and less), the fast kernels round
//          each product, too: theirs then equal the reference's on integers only, and are within
//          2*(K+1) roundings of the exact sum of K terms on reals.
// Source   Dumoulin & Visin, "A guide to convolution arithmetic for deep learning",
//          arXiv:1603.07285.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv {

enum class Direction { Forward, Transposed };

// What lies outside the input of a forward problem. Reflect does not repeat the edge; Symmetric
// does.
enum class PadMode { Zeros, Constant, Reflect, Replicate, Circular, Symmetric };

// Applied to each output element. The definitions are those of Keras 3
// (keras/src/activations/activations.py), parameters at their defaults.
enum class Activation {
  Linear,
  Relu,
  Relu6,
  LeakyRelu,
  Elu,
  Selu,
  Celu,
  Silu,
  HardSilu,
  Gelu,
  Mish,
  Sigmoid,
  LogSigmoid,
  HardSigmoid,
  SparseSigmoid,
  Tanh,
  HardTanh,
  TanhShrink,
  Softplus,
  Softsign,
  Squareplus,
  SparsePlus,
  SoftShrink,
  HardShrink,
  Exponential,
};

// Applied along the last axis of y once it is whole. Glu halves that axis.
enum class LastAxisActivation { None, Softmax, LogSoftmax, Sparsemax, Glu };

inline constexpr int kMaxAxes = 64;  // a NumPy array has no more
using Extents = std::array<std::int64_t, kMaxAxes>;

// One spatial axis.
struct Axis {
  std::int64_t input = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t input_dilation = 1;  // forward only
  std::int64_t begin = 0;           // forward: elements padded; transposed: elements cropped
  std::int64_t end = 0;             // the same at the far end; a negative crop appends zeros
  friend bool operator==(const Axis&, const Axis&) = default;
};

// Distances in elements between neighbours of an activation tensor. Negative ones read it
// backwards.
struct TensorStrides {
  std::int64_t first = 0;  // where the element with index 0 along every axis lies
  std::int64_t batch = 0;
  std::int64_t group = 0;  // from one group to the next, beside what `channel` makes of it: not 0
                           // only where groups lie along the batch
  std::int64_t channel = 0;
  Extents axes{};
};

// Distances in elements between neighbours of the weights.
struct WeightStrides {
  std::int64_t group = 0;
  std::int64_t out = 0;  // next output channel of the same group
  std::int64_t in = 0;   // next input channel of the same group
  Extents axes{};
};

struct Problem {
  Direction direction = Direction::Forward;
  DType dtype = DType::Float32;  // of x, w, bias and y: one of the floating types
  int rank = 2;                  // spatial axes, 0 to kMaxAxes; axes[kMaxAxes - rank ...] are the
                                 // real ones, the ones before them stay at their default
  std::int64_t batch = 1;
  std::int64_t groups = 1;
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  std::array<Axis, kMaxAxes> axes{};
  PadMode pad_mode = PadMode::Zeros;
  double pad_value = 0;  // for PadMode::Constant
  bool flip_kernel = false;
  bool has_bias = false;
  Activation activation = Activation::Linear;
  TensorStrides x{}, y{};
  WeightStrides w{};
};

// What a problem costs. A multiply-accumulate counts once per tap, padding and crops included, as
// the field counts them.
struct Cost {
  std::int64_t macs = 0;
  std::int64_t parameters = 0;  // weights and bias
  std::int64_t x_bytes = 0, w_bytes = 0, y_bytes = 0;
};

std::string_view name(Direction direction);    // "forward"
std::string_view name(PadMode mode);           // "reflect"
std::string_view name(Activation activation);  // "relu"

// Extent of the dilated kernel: (kernel - 1) * dilation + 1. Fails with ShapeMismatch on overflow.
Result<std::int64_t> effective_kernel(const Axis& axis);

// Extent of a transposed axis before cropping: (input - 1) * stride + effective kernel.
Result<std::int64_t> full_extent(const Axis& axis);

// Extent of y along one axis, whose members are at their least values or above: 0 where nothing of
// it is left. Fails with ShapeMismatch on overflow.
Result<std::int64_t> output_extent(Direction direction, const Axis& axis);

// Spatial extents of y. Forward: (dilated input + begin + end - effective kernel) / stride + 1,
// and 0 where the kernel does not fit; transposed: full extent - begin - end. Checks the whole
// problem: fails with ShapeMismatch where an extent is below its least value, a group does not
// divide its channels, an axis beyond the rank is set, or a product overflows 63 bits. An empty y
// is legal here; the frameworks that refuse one say so themselves. Axes beyond the rank give 1.
Result<Extents> output_extents(const Problem& problem);

// Length of the last axis after the activation: half of it for Glu, which fails with ShapeMismatch
// where it is odd.
Result<std::int64_t> activated_length(LastAxisActivation activation, std::int64_t length);

// Fails where output_extents fails.
Result<Cost> cost_of(const Problem& problem);

}  // namespace tconv
