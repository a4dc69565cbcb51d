// Each topic fits a screen or two and says only what the program does.
#include "cli/help_topics.hpp"

namespace tconv::cli {
namespace {

constexpr std::string_view kConventions =
    R"(CONVENTIONS: what each framework means (PyTorch and Keras; the others: tconv help FRAMEWORK)

Per axis: L input, k kernel, s stride, d dilation, ke = (k - 1)*d + 1.

A forward layer pads, then slides:      output = (L + begin + end - ke)//s + 1
A transposed layer scatters, then cuts: full = (L - 1)*s + ke, output = full - begin - end,
where a negative cut appends zeros (that is, the bias). `tconv shape` prints begin and end.

PyTorch  tensors (N, C, spatial...) or (C, spatial...)
         weights Conv (out, in/groups, k...), ConvTranspose (in, out/groups, k...)
  Conv            padding=p pads p:p; 'same' pads d*(k-1) in all, the odd one at the end, stride 1 only
  ConvTranspose   padding=p cuts p:p-output_padding; output_padding < max(stride, dilation);
                  output_size picks output_padding
Keras    tensors (N, spatial..., C), or (N, C, spatial...) with data_format='channels_first'
         weights (k..., in/groups, out), transposed (k..., out, in), depthwise (k..., C, multiplier)
  'valid'         pads nothing; transposed cuts 0:min(0, ke - s), with output_padding 0:-output_padding
  'same'          output ceil(L/s), the odd pad at the end, so pads depend on L;
                  transposed: output L*s, cuts (ke-s)//2 at the beginning and the rest at the end
  'causal'        Conv1D: pads d*(k-1):0

Traps
  Keras 'same' with k=3, stride=2 cuts 0:1. PyTorch's padding=1, output_padding=1 gives the same
  shape and cuts 1:0: every value shifted by one. padding=0 and slicing off the end is exact.
  padding of a transposed layer removes output; it does not pad.
  dilation is PyTorch's 6th argument of Conv and the 9th of ConvTranspose.
  PyTorch, Keras and ONNX never flip a kernel: they compute a cross-correlation. lax.conv_transpose
  and scipy's convolve are the ones that differ.

Numbers
  float32 and float64 are computed as such; float16 and bfloat16 are stored, summed in float32 and
  rounded once. Each output is one accumulator, channels outermost, taps in order, fused
  multiply-adds, then the bias, then the activation.
)";

constexpr std::string_view kSpec = R"(SPEC: how to say a layer

A call or a printed module, as it stands in a program or comes out of print(model):
  'nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)'
  'Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)'
  'keras.layers.Conv2DTranspose(1, (3, 3), strides=2, padding="same", name="up")'
  'F.conv2d(x, w, stride=2)'
  a whole Sequential(...), printed or as code: a chain
JSON, with the framework's own argument names:
  '{"framework": "pytorch", "layer": "ConvTranspose2d", "kernel_size": 2, "stride": 3}'
  what a Keras layer or Sequential model writes with to_json()
  '{"layers": [SPEC, {"spec": SPEC, "weights": "w.npy", "bias": [0, 1]}, ...]}': a chain; paths
  are relative to the file
A bare layer name, completed by flags:
  ConvTranspose2d --stride 3 --padding 2
A node of an ONNX model, with its own weights and bias (tconv info model.onnx lists them):
  model.onnx:NODE
A file with any of these (layer.json, model.txt), or - for standard input.

Layers
  PyTorch  Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
           F.conv1d F.conv2d F.conv3d F.conv_transpose1d F.conv_transpose2d F.conv_transpose3d
  Keras    Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose
           DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
  ONNX     Conv ConvTranspose
  JAX      lax.conv lax.conv_with_general_padding lax.conv_general_dilated lax.conv_transpose
  flax     nn.Conv nn.ConvTranspose, and of nnx
  SciPy    signal.convolve signal.correlate signal.convolve2d signal.correlate2d
The name says the framework. conv2d or conv_transpose2d alone needs --framework (tf means keras).

Flags win over the SPEC: --kernel-size --stride --padding --output-padding --output-size --dilation
--groups --padding-mode --data-format. Kernel extents and channels come from the weights; where the
SPEC says them too, they must agree.
)";

constexpr std::string_view kTensors = R"(TENSORS: what -x, -w, -b, --expect, diff and info take

  x.npy                        NumPy's format 1 to 3, any byte order, C or Fortran order
  w.npz:NAME                   an array of numpy.savez or numpy.savez_compressed
  w.safetensors:NAME           any of its tensors with elements tconv has, bfloat16 among them
  model.onnx:NAME              an initializer or a Constant's output, external data too
  x.json                       nested arrays, or {"shape": [2, 2], "dtype": "float32", "data": ...}
  -                            standard input: .npy, .npz or JSON, told by its first bytes
  '[[0, 1], [2, 3]]'           values
  arange:1,1,4,4  zeros:3,3  ones:3,3  impulse:5,5  random:1,3,224,224:SEED

:NAME may be left out of a .npz or .safetensors that holds one tensor; tconv info FILE lists them.
-o writes .npy, .npz (y.npz:NAME, without a name arr_0), .json and .txt.

A tensor with only the spatial axes gets its batch and channel axes added, and the result gives them
back: 2x2 examples need no reshape.

Numbers without a dtype (JSON, values, makers) take the dtype of the other tensors, float32 if none
has one. Integers and bool become float32 where every value is exact there. --dtype converts all.
)";

constexpr std::string_view kExitCodes = R"(EXIT CODES

  0    done
  1    the answer is no: tensors differ (--expect, diff), no layer solves
  2    the request is wrong: a flag, the SPEC, or something tconv does not compute
  3    an input cannot be read, or does not fit: bytes, dtype, shape
  4    an output cannot be written
  5    refused for its size before work starts (--max-memory, or the machine's memory)
  130  interrupted; 143 terminated

An output file appears whole or not at all. A closed pipe is a normal end. With --json an error is
one object on standard error: {"error": {"code": "shape_mismatch", "exit": 3, "where": ...,
"message": ..., "hint": ...}}; its codes are usage, spec, unsupported, input, shape_mismatch,
dtype_mismatch, output and too_large.
)";

constexpr std::string_view kPlan = R"(PLAN: how a layer is computed

tconv considers its algorithms in order and takes the first that accepts the layer. --explain-plan
lists them with the reason for each, and computes nothing:
  tconv run SPEC -x x.npy -w w.npy --explain-plan
  tconv shape SPEC --input-shape 1,3,224,224 --explain-plan

  winograd-4      3x3 (or 3 along the last axis), stride 1, in tiles of 4 outputs: --math fast only
  winograd-2      the same in tiles of 2 outputs, for small planes
  depthwise       one channel a group, 3x3 to 7x7 or along one axis: rows copied between zeros
  panels          pixels copied side by side, which every weight then meets: transposed kernels as
                  long as their stride, and 1x1 on small planes of several images
  pixel-lanes     output pixels in the vectors' lanes: grouped, few channels, other depthwise
  phase-channels  the phases of a row in lanes: large strides to few channels
  channel-lanes   output channels in lanes: everything else of three axes or fewer
  gathered        bands of the input copied first: pad modes, half precision, channels last where
                  few outputs or 512 channels (any multiple of 2 KiB a pixel) want it
  reference       the formula, one output at a time, for the rest and as the judge

  --algorithm NAME   this one, or exit 2 where it does not take the layer
  --math exact       the default: every output is added up in the order `tconv help conventions`
                     gives, so all algorithms, thread counts and layouts give the same bits
  --math fast        also takes algorithms that round differently, where they should save time
  --threads N        as many as the machine runs at once, where it is left out

Fast math is Winograd's algorithm: 4 to 2.25 times fewer multiplications for 3x3, 2 to 1.5 times
for 3 along one axis. With u = 2^-24 (float32) or 2^-53 (float64), K the input channels of a group
(times the taps of further axes), and S the sum over them of (sum of |weights|) * (largest |x| that
a tile meets), plus |bias|:
  |y - exact sum| <= u * (K + 20) * c * S   c = 16 in tiles of 2, 169 in tiles of 4;
                                            for 3 taps along one axis 4 and 13
That is the worst case; where signs are mixed, errors are about 5 times those of exact math in tiles
of 4, and of float32 below 2e-5 of the result as a whole (relative L2 norm). Without a fused
multiply-add (SSE4), 2*K for K. The bits are the same for every thread count, layout and batch.
NaN, infinities and overflow do not spread in a tile: an output that does not come out finite is
computed once more by the formula, slowly. Transformed weights take 1.8 to 4 times the memory, and
making them takes longer than they save where few outputs meet many channels only once.

Weights may be copied into the order an algorithm reads them (packed), and each thread has a
workspace. --max-memory counts both beside the tensors. A result of more than 4 MiB that goes to an
.npy file (-o y.npy, or -o - into a file) is written while it is computed and takes no memory.
With --json, "milliseconds" says what start (processor time since exec), read, plan, pack, compute
and write took; of what threads do side by side, each its share. `tconv bench` measures: warm calls with
weights packed beforehand, warm calls that pack, and one call with everything fresh.
)";

constexpr HelpTopic kTopics[] = {
    {"conventions", "padding, crops and layouts of each framework", kConventions},
    {"spec", "how to say a layer", kSpec},
    {"tensors", "how to give inputs and weights", kTensors},
    {"plan", "how a layer is computed, and how to choose", kPlan},
    {"exit-codes", "what the exit status means", kExitCodes},
};

}  // namespace

std::span<const HelpTopic> help_topics() { return kTopics; }

}  // namespace tconv::cli
