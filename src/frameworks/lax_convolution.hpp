// JAX's convolutions once a call is read: what lax and flax have in common.
#pragma once
#include <string>
#include <vector>

#include "frameworks/arguments.hpp"
#include "frameworks/assemble.hpp"

namespace tconv::frameworks::lax {

// A padding as written: a word, or one pair per axis.
struct Padding {
  std::string word{};  // empty: pairs
  std::vector<Arguments::Pair> pairs{};
};

// One call of conv_general_dilated, or of conv_transpose.
struct Call {
  bool transposed = false;
  bool transpose_kernel = false;        // conv_transpose only
  bool use_consistent_padding = false;  // conv_transpose only
  Sizes strides{};                      // of the window; of the input where transposed
  Sizes lhs_dilation{}, rhs_dilation{};
  Padding padding{};
  PadMode pad_mode = PadMode::Zeros;  // of pairs
  std::int64_t feature_groups = 1, batch_groups = 1;
  Operand lhs{};
  ActivationAxes lhs_axes{}, out_axes{};
  Operand rhs{};
  WeightAxes rhs_axes{};     // out and in as the kernel's letters O and I say
  std::string rhs_layout{};  // "(H, W, I, O)"
  DType dtype = DType::Float32;
};

struct Lowered {
  Problem problem{};
  Shape y_shape{};
};

// What the words of conv_general_dilated mean, in capitals; `kernel` is the dilated extent.
Arguments::Pair forward_pads(std::string_view word, std::int64_t input, std::int64_t kernel,
                             std::int64_t stride);

// What conv_transpose makes of its words and of consistent pairs, in the terms of
// conv_general_dilated.
Arguments::Pair transposed_pads(std::string_view word, const Arguments::Pair& pair,
                                std::int64_t kernel, std::int64_t stride);

// Fails with Spec where lax refuses the arguments, with ShapeMismatch where it refuses the tensors.
Result<Lowered> lower(const Call& call, const Arguments& args);

}  // namespace tconv::frameworks::lax
