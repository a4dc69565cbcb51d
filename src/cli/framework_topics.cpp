// `tconv help FRAMEWORK`: layouts, padding rules as formulas, traps; one screen each.
#include "cli/help_topics.hpp"

namespace tconv::cli {
namespace {

constexpr std::string_view kPyTorch =
    R"(PYTORCH: torch.nn and torch.nn.functional (checked with 2.15)

Per axis: L input, k kernel, s stride, d dilation, ke = (k - 1)*d + 1, p padding, op output_padding.

Layouts   x (N, C, spatial...) or (C, spatial...)
          weights Conv (out, in/groups, k...), ConvTranspose (in, out/groups, k...); bias (out)
Conv      pads p:p (zeros, reflect, replicate, circular); output (L + 2p - ke)//s + 1
          'same' pads d*(k-1) in all, the odd element at the end; stride 1 only. 'valid' pads nothing
ConvTranspose  output (L - 1)*s - 2p + ke + op: cuts p from the beginning, p - op from the end
          op < max(s, d); output_size picks op and must lie within s - 1 of the smallest size

Traps
  Conv2d(1, 1, 3) reads an input of three axes as (C, H, W), not as (N, H, W).
  dilation is the 6th argument of Conv and the 9th of ConvTranspose; the printed form has another
  order again.
  padding of ConvTranspose removes output. It takes no 'same', and no padding_mode but zeros.
  output_padding appends computed elements where the scatter reaches, zeros (the bias) beyond.
  reflect needs padding < L, circular padding <= L. With these modes a negative padding cuts.
)";

constexpr std::string_view kKeras = R"(KERAS: keras.layers, on TensorFlow (checked with 3.15)

Per axis: L input, k kernel, s strides, d dilation_rate, ke = (k - 1)*d + 1.

Layouts   x (N, spatial..., C); data_format='channels_first': (N, C, spatial...)
          kernels, whatever the data format: Conv (k..., in/groups, out), transposed (k..., out, in),
          depthwise (k..., C, multiplier), separable: a depthwise one, then (1..., C*multiplier, out)
Forward   'valid' (L - ke)//s + 1; 'same' ceil(L/s), pads max(0, (ceil(L/s) - 1)*s + ke - L), the odd
          element at the end, so they depend on L; 'causal' (Conv1D) pads d*(k-1):0
Transposed  'valid' (L - 1)*s + max(ke, s); with output_padding (L - 1)*s + ke + output_padding
          'same' L*s: cuts (ke - s)//2 from the beginning, the rest from the end
          'same' with output_padding (L - 1)*s + ke%2 + output_padding
Activation after the bias, by name; softmax and its kin along the last axis, whichever that is

Traps
  'same' with k=3, s=2 cuts 0:1. PyTorch's padding=1, output_padding=1 has that shape and cuts 1:0.
  strides and dilation_rate above 1 exclude each other, on any axes (not for depthwise layers).
  Conv3DTranspose takes data_format before output_padding, its neighbours after it.
  hard_sigmoid is clip(x/6 + 1/2); Keras 2 had 0.2x + 1/2. leaky_relu has slope 0.2.
  Where TensorFlow's CPU kernels refuse a layer that Keras allows, tconv computes it.
)";

constexpr std::string_view kOnnx =
    R"(ONNX: Conv and ConvTranspose, as ONNX Runtime runs them (checked with 1.32)

Per axis: L input, k kernel, s stride, d dilation, ke = (k - 1)*d + 1, op output_padding.

Layouts   X (N, C, spatial...); W Conv (out, in/group, k...), ConvTranspose (in, out/group, k...)
Attributes are lists; pads has all begins first, then all ends
Conv      NOTSET pads as given; VALID none; SAME_* output ceil(L/s), the odd element at the end for
          UPPER, at the beginning for LOWER
ConvTranspose  full = (L - 1)*s + ke; NOTSET cuts begin : end - op
          output_shape R: cuts t = max(0, full + op - R), the smaller half first for SAME_UPPER, last
          for anything else; pads are ignored
          SAME_*: the same with R = L*s

A node: 'onnx.ConvTranspose(strides=[2, 2])', 'onnx.helper.make_node("Conv", ["X", "W"], ["Y"], ...)',
'Y = Conv <strides = [2, 2]> (X, W)', '%Y = Conv[strides = [2, 2]](%X, %W)', as print(node) shows it
(op_type: "Conv" attribute { ... }), or JSON.

A model: model.onnx:NODE is a node by its name, by its output, or by its place (model.onnx:#3), with
the weights and bias that the file stores; -w, -b win, -b none leaves the bias out. tconv info
model.onnx lists them. model.onnx:NAME is a tensor: an initializer or a Constant's output.

Traps
  output_shape without auto_pad cuts the odd element at the beginning, SAME_UPPER at the end.
  Where the operator's text, shape inference and ONNX Runtime disagree, tconv gives what ONNX
  Runtime gives, and says so in a note: SAME_* with ke < s, SAME_* with output_padding.
  ONNX Runtime refuses output_padding >= s, and SAME_* of Conv with dilations.
  It computes any number of spatial axes from one up, not 1 to 3 alone.
)";

constexpr std::string_view kJax = R"(JAX: jax.lax convolutions (checked with 0.10)

Per axis: L input, k kernel, s stride, d rhs_dilation, ke = (k - 1)*d + 1.

Functions  conv, conv_with_general_padding, conv_general_dilated, conv_transpose; -x is lhs, -w is rhs
Layouts   dimension_numbers, such as ('NHWC', 'HWIO', 'NHWC'); strides follow the kernel's letters
          default: channels first, OI...; of conv_transpose: channels last, ...IO
Forward   lhs_dilation spreads the input, then pads (low, high) (negative ones cut), then slides
          'SAME', 'SAME_LOWER', 'VALID' in any case, without lhs_dilation only
conv_transpose  'SAME' output L*s; 'VALID' (L - 1)*s + max(ke, s)
          pairs pad the spread-out input: output (L - 1)*s - ke + 2 + low + high
          pairs with use_consistent_padding: output (L - 1)*s + ke - low - high

Traps
  conv_transpose does not flip the kernel, where PyTorch and Keras in effect do. transpose_kernel=True
  gives their result, and reads the kernel as (..., out, in).
  Words describe the forward convolution, pairs the padding of its gradient: (0, 0) is the smallest
  output, not 'VALID'.
  'same' and 'valid' in small letters are, in conv_transpose, the forward rule; strides of 1 only.
  Strides of () mean no spatial axes: x (N, C). From four on, conv_transpose has no default layout.
  Empty outputs are legal. There is no bias.
)";

constexpr std::string_view kFlax =
    R"(FLAX: Conv and ConvTranspose of linen and nnx (checked with 0.12)

Per axis: L input, k kernel, s strides, d kernel_dilation, ke = (k - 1)*d + 1.

Layouts   x (batch..., spatial..., C), with any number of batch axes; a kernel_size of n entries
          convolves the last n axes before the channels, an int just one
          kernels Conv (k..., in/groups, out), ConvTranspose (k..., in, out), with transpose_kernel
          (k..., out, in); bias (out)
Conv      'SAME' (the default), 'VALID', 'SAME_LOWER', ints and (low, high) pairs as lax
          'CIRCULAR', 'REFLECT' pad (ke-1)//2 : ke//2; 'CAUSAL' pads d*(k-1):0, one axis only
ConvTranspose  as lax.conv_transpose; 'CIRCULAR' wraps the scatter around a period of L*s
mask      multiplies the kernel; written out in the SPEC, mask=[[[1, 0]]]

A bare Conv is ONNX's; write nn.Conv, nnx.Conv, or flax's arguments (features=...).

Traps
  nn.Conv(8, 3) on an image convolves its rows only, each as an item of the batch.
  ConvTranspose(padding=1) is lax's pair (1, 1): PyTorch's p is ke - 1 - p here.
  The default padding is SAME, Keras's is valid, PyTorch's is 0.
  ConvTranspose does not flip the kernel; see tconv help jax. It refuses more than three axes.
)";

constexpr std::string_view kScipy =
    R"(SCIPY: scipy.signal convolve, correlate, convolve2d, correlate2d (checked with 1.17)

-x is in1, of length L along an axis, -w is in2, of length k. No channels, no stride, no bias.
convolve and correlate take any number of axes; without any they multiply, whatever the mode.

convolve flips in2, correlate does not
mode      'full' L + k - 1; 'same' L, the length of in1; 'valid' L - k + 1
          'same' starts k//2 before the first element; correlate2d starts (k-1)//2 before it
boundary  of the 2-D functions: 'fill' with fillvalue, 'wrap', 'symm' (the edge repeats)
valid     where in2 is as long or longer along every axis, the two change places; correlate then gives
          the result backwards

Traps
  For an even k, correlate and correlate2d 'same' differ by one sample.
  'symm' is not PyTorch's reflect, which does not repeat the edge.
  method='fft' rounds differently from 'direct', which is what tconv computes.
)";

constexpr HelpTopic kFrameworkTopics[] = {
    {"pytorch", "layouts, padding and traps of PyTorch", kPyTorch},
    {"keras", "of Keras and TensorFlow", kKeras},
    {"onnx", "of ONNX's operators and ONNX Runtime", kOnnx},
    {"jax", "of jax.lax", kJax},
    {"flax", "of flax linen and nnx", kFlax},
    {"scipy", "of scipy.signal", kScipy},
};

}  // namespace

std::span<const HelpTopic> framework_topics() { return kFrameworkTopics; }

}  // namespace tconv::cli
