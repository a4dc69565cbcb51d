// `tconv help questions`: what people ask about convolution sizes and ports, each with the command
// that answers it. tests/cli/questions_test.cpp runs the commands and compares what they print.
#include "cli/help_topics.hpp"

namespace tconv::cli {
namespace {

constexpr std::string_view kQuestions =
    R"(QUESTIONS people ask, and the command that answers

Where is PyTorch's 'same' for a stride?
  Nowhere: Keras's pads depend on the input and may differ at the two ends. `tconv port` prints the
  layer with the pad before it, as code to paste, and says what the usual wrong answer does.
  $ tconv port 'Conv2D(8, 3, strides=2, padding="same")' --to pytorch --input-shape 1,224,224,3 | grep -e note -e ' = '
  #   note: padding=1 has the right shape and the wrong values: its windows start 1 too early along H and 1 too early along W
  #   note: for this input's length only: what it pads depends on the length
  layer = nn.Conv2d(3, 8, 3, stride=2)
      x = F.pad(x, (0, 1, 0, 1))
      x = layer(x)
  $ tconv shape 'Conv2D(8, 3, strides=2, padding="same")' --input-shape 1,224,224,3 | grep axis
    axis H      pad 0:1   output (224 + 0 + 1 - 3)//2 + 1 = 112
    axis W      pad 0:1   output (224 + 0 + 1 - 3)//2 + 1 = 112
  $ tconv run 'Conv1D(1, 3, strides=2, padding="same")' -x '[1,2,3,4]' -w '[1,10,100]'
  [321.  43.]
  shape: (2,)
  $ tconv run 'nn.Conv1d(1, 1, 3, stride=2, bias=False)' -x '[1,2,3,4,0]' -w '[1,10,100]'
  [321.  43.]
  shape: (2,)

My skip connection is off by one: 88 against 89
  $ tconv solve --skip 89 --framework pytorch --from 44 --limit 1
  a skip of 89 along 2 axes, stride 2
  88 and 90 would fit by themselves: multiples of the stride
  pytorch
    44 below, as after nn.Conv2d(1, 1, 2, stride=2)
      up to 89:
        nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, output_padding=1)  crop 1:0  output_padding reaches 88, 89
      up to 88: nn.ConvTranspose2d(1, 1, 2, stride=2)
        pad it: F.pad(up, (0, 1, 0, 1))
        or cut the skip: skip[..., :88, :88]

What does output_padding do?
  It crops less at the end: what appears there is computed, and is zero (the bias) only where the
  scatter does not reach. It picks among the sizes that a forward layer of that stride maps to one.
  $ tconv run 'nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, bias=False)' -x '[1,2,3]' -w '[1,10,100]'
  [ 10. 102.  20. 203.  30.]
  shape: (5,)
  $ tconv run 'nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1, bias=False)' -x '[1,2,3]' -w '[1,10,100]'
  [ 10. 102.  20. 203.  30. 300.]
  shape: (6,)
  $ tconv solve --from 5,6 --to 3,3 --kernel-size 3 --padding 1 --framework pytorch --rank 1
  5 -> 3, 6 -> 3
  pytorch: 1 of 1 layer
    nn.Conv1d(1, 1, 3, stride=2, padding=1)  pad 1:1  inputs 5..6 give 3

The shape is right, why are the values wrong?
  Most often the crop lies at the other end. Compare what the two sides give: `tconv diff --diagnose`
  tries shifts, flips, orders of axes and channels, a missing bias, scales and roundings. What each
  crops, begin:end, stands in `tconv shape`; the slice that makes them equal in `tconv port`.
  $ tconv run 'Conv1DTranspose(1, 3, strides=2, padding="same")' -x '[1,2,3]' -w '[1,10,100]' -o keras.npy -q
  $ tconv run 'nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1, bias=False)' -x '[1,2,3]' -w '[1,10,100]' -o torch.npy -q
  $ tconv diff keras.npy torch.npy --diagnose | grep -e differ -e cause
  differ: 6 of 6 elements (100 %)
    cause       equal after shifting B by (1,); this compares the overlap, 5 of 6 elements
  $ tconv shape 'Conv1DTranspose(1, 3, strides=2, padding="same")' --input-shape 1,3,1 | grep axis
    axis L      crop 0:1   output (3 - 1)*2 + 3 - 0 - 1 = 6
  $ tconv shape 'nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1)' --input-shape 1,1,3 | grep axis
    axis L      crop 1:0   output (3 - 1)*2 + 3 - 1 - 0 = 6

What is the difference between SAME_UPPER and SAME_LOWER?
  At which end the odd element goes. output_shape alone is like SAME_LOWER.
  $ tconv run 'onnx.ConvTranspose(strides=[2], auto_pad="SAME_UPPER")' -x '[1,2,3]' -w '[1,10,100]'
  [  1.  10. 102.  20. 203.  30.]
  shape: (6,)
  $ tconv run 'onnx.ConvTranspose(strides=[2], auto_pad="SAME_LOWER")' -x '[1,2,3]' -w '[1,10,100]'
  [ 10. 102.  20. 203.  30. 300.]
  shape: (6,)
  $ tconv run 'onnx.ConvTranspose(strides=[2], output_shape=[6])' -x '[1,2,3]' -w '[1,10,100]'
  [ 10. 102.  20. 203.  30. 300.]
  shape: (6,)

How large is the output?
  $ tconv shape 'nn.ConvTranspose3d(16, 8, 3, stride=2, padding=1)' --input-shape 1,16,16,16,16 -q
  (1, 8, 31, 31, 31)

Which parameters give me that size?
  $ tconv solve --from 64 --to 128 --kernel-size 2..4 --framework pytorch
  64 -> 128 along 2 axes
  pytorch: 3 of 3 layers
    nn.ConvTranspose2d(1, 1, 2, stride=2)                               crop 0:0  output_padding reaches 128, 129
    nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)                    crop 1:1  output_padding reaches 128, 129
    nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1)  crop 1:0  output_padding reaches 127, 128; checkerboard: kernel 3 is no multiple of stride 2

In which order are the axes of the weights?
  `tconv shape` prints the order, and weights in another one are refused with the order they fit.
  $ tconv shape 'Conv2DTranspose(8, 3)' --input-shape 1,5,5,16 | grep 'weights  '
    weights     (kH, kW, out, in)
  $ tconv shape 'nn.ConvTranspose2d(16, 8, 3)' --input-shape 1,16,5,5 | grep 'weights  '
    weights     (in, out/groups, kH, kW)
  $ tconv run 'nn.ConvTranspose2d(16, 8, 3)' -x zeros:1,16,5,5 -w zeros:8,16,3,3
  tconv: error: zeros:8,16,3,3: weights (8, 16, 3, 3) read as (in, out/groups, kH, kW) have out_channels = 16, the layer says 8
    hint: read as a forward layer's (out, in/groups, k...) they would fit

How do I convert the weights?
  `tconv port` writes them in the order of the other framework, with the layer that takes them;
  --verify runs both sides on the same random input.
  $ tconv port 'Conv2DTranspose(8, 3)' --to pytorch -w random:3,3,8,16:1 -o w.npy --input-shape 1,5,5,16 --verify | grep -v -e import -e '^$'
  # exact: Conv2DTranspose(8, 3) (keras) in pytorch
  #   x is (N, C, H, W) here: x.transpose(0, 3, 1, 2), and y.transpose(0, 2, 3, 1) is y there
  #   weights (3, 3, 8, 16) to (16, 8, 3, 3): w.transpose(3, 2, 0, 1)
  #   wrote w.npy: shape (16, 8, 3, 3) float32
  # verified: largest difference 0 on random x (1, 5, 5, 16)
  layer = nn.ConvTranspose2d(16, 8, 3)
  layer.weight.data = torch.from_numpy(numpy.load("w.npy"))

Why does padding make a transposed layer's output smaller?
  It is the forward layer's padding: here it is cropped from the result.
  $ tconv shape 'nn.ConvTranspose1d(1, 1, 4, stride=2)' --input-shape 1,1,8 | grep axis
    axis L      crop 0:0   output (8 - 1)*2 + 4 - 0 - 0 = 18
  $ tconv shape 'nn.ConvTranspose1d(1, 1, 4, stride=2, padding=1)' --input-shape 1,1,8 | grep axis
    axis L      crop 1:1   output (8 - 1)*2 + 4 - 1 - 1 = 16
)";

}  // namespace

HelpTopic question_topic() {
  return {"questions", "what people ask, and the command that answers", kQuestions};
}

}  // namespace tconv::cli
