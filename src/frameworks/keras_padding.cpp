// What Keras's padding words mean in elements.
// Sources: keras keras/src/ops/operation_utils.py (compute_conv_output_shape); tensorflow
// tensorflow/core/framework/kernel_shape_util.cc (GetWindowedOutputSizeVerbose); keras
// keras/src/backend/common/backend_utils.py
// (_convert_conv_transpose_padding_args_from_keras_to_jax).
#include <algorithm>

#include "frameworks/keras_settings.hpp"

namespace tconv::frameworks::keras {
namespace {

std::int64_t reach(const Axis& axis) { return (axis.kernel - 1) * axis.dilation + 1; }

}  // namespace

Ends forward_pads(Padding padding, const Axis& axis) {
  switch (padding) {
    case Padding::Valid: return {};
    case Padding::Causal: return {.begin = reach(axis) - 1};
    case Padding::Same: break;
  }
  const std::int64_t outputs = (axis.input + axis.stride - 1) / axis.stride;
  const std::int64_t total =
      std::max<std::int64_t>(0, (outputs - 1) * axis.stride + reach(axis) - axis.input);
  return {.begin = total / 2, .end = total - total / 2};
}

Ends transposed_crops(Padding padding, const Axis& axis,
                      std::optional<std::int64_t> output_padding) {
  const std::int64_t k = reach(axis);
  if (padding == Padding::Valid) {
    if (output_padding) return {.end = -*output_padding};
    return {.end = std::min<std::int64_t>(0, k - axis.stride)};
  }
  // Without output_padding the result is input * stride long; with it, the extra size counts from
  // the forward layer's own 'same' padding, which knows only whether the kernel is odd.
  const std::int64_t total = output_padding ? k - k % 2 - *output_padding : k - axis.stride;
  const std::int64_t begin = std::max<std::int64_t>(0, total) / 2;
  return {.begin = begin, .end = total - begin};
}

}  // namespace tconv::frameworks::keras
