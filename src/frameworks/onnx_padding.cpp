// Sources: onnx onnx/defs/nn/defs.cc (convPoolShapeInference, convTransposeShapeInference);
// onnxruntime onnxruntime/core/providers/cpu/nn/conv_transpose_attributes.h.
#include "frameworks/onnx_padding.hpp"

#include <algorithm>

namespace tconv::frameworks::onnx {
namespace {

Ends split(std::int64_t total, bool small_half_first) {
  const std::int64_t begin = small_half_first ? total / 2 : total - total / 2;
  return {.begin = begin, .end = total - begin};
}

}  // namespace

Ends forward_pads(AutoPad auto_pad, const Axis& axis) {
  if (auto_pad != AutoPad::SameUpper && auto_pad != AutoPad::SameLower) {
    return {.begin = axis.begin, .end = axis.end};
  }
  const std::int64_t outputs = (axis.input + axis.stride - 1) / axis.stride;
  const std::int64_t total = (outputs - 1) * axis.stride + axis.kernel - axis.input;
  // Where the stride exceeds the kernel it may be negative. The operator's text clamps it; ONNX
  // Runtime (1.32, found by running it) cuts the input by half of total + 1, rounded towards 0.
  const std::int64_t halved = total < 0 ? total + 1 : total;
  const std::int64_t begin = auto_pad == AutoPad::SameUpper ? halved / 2 : (halved + 1) / 2;
  return {.begin = begin, .end = total - begin};
}

Ends transposed_crops(AutoPad auto_pad, const Axis& axis, const TransposedEnds& with) {
  const bool upper = auto_pad == AutoPad::SameUpper;
  const bool same = upper || auto_pad == AutoPad::SameLower;
  const std::int64_t reached = with.full + with.output_padding;
  if (with.output_shape) {
    const std::int64_t wanted = *with.output_shape;
    const Ends ends = split(std::max<std::int64_t>(0, reached - wanted), upper);
    return {.begin = ends.begin, .end = with.full - ends.begin - wanted};
  }
  Ends ends{.begin = axis.begin, .end = axis.end};
  if (same) ends = split(std::max<std::int64_t>(0, reached - axis.input * axis.stride), upper);
  ends.end -= with.output_padding;
  return ends;
}

}  // namespace tconv::frameworks::onnx
