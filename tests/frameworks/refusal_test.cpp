// What frameworks refuse, tconv refuses, naming the rule and both values; and layers that are no
// framework's are told apart.
#include "frameworks/lowering.hpp"

#include "layers.hpp"

namespace tconv::frameworks {
namespace {

struct Row {
  TestLayer layer;
  ErrorCode code;
  const char* what;
};

void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.layer.spec);
    const auto lowering = lower_test(row.layer);
    REQUIRE_FALSE(lowering);
    CHECK(lowering.error().what == row.what);
    CHECK(lowering.error().code == row.code);
  }
}

constexpr auto kSpec = ErrorCode::Spec;
constexpr auto kShape = ErrorCode::ShapeMismatch;

TEST_CASE("refusals: PyTorch") {
  const Shape x2{1, 16, 6, 6}, x1{1, 1, 3};
  const Row rows[] = {
      {{"nn.Conv2d(16, 64, 3, groups=3)", x2},
       kSpec,
       "groups = 3 does not divide in_channels = 16"},
      {{"nn.Conv2d(16, 6, 3, groups=4)", x2}, kSpec, "groups = 4 does not divide out_channels = 6"},
      {{"nn.Conv2d(16, 8, 3, groups=0)", x2}, kSpec, "groups = 0 must be at least 1"},
      {{"nn.Conv2d(16, 8, 3, padding='same', stride=2)", x2},
       kSpec,
       "padding = 'same' needs stride 1, got (2, 2)"},
      {{"nn.Conv2d(16, 8, 3, padding='SAME')", x2},
       kSpec,
       "padding = 'SAME' must be 'same', 'valid' or ints"},
      {{"nn.Conv2d(16, 8, 3, padding_mode='mirror')", x2},
       kSpec,
       "padding_mode = 'mirror' must be 'zeros', 'reflect', 'replicate' or 'circular'"},
      {{"nn.ConvTranspose2d(16, 8, 3, padding_mode='reflect')", x2},
       kSpec,
       "padding_mode = 'reflect': a transposed convolution takes only 'zeros'"},
      {{"nn.ConvTranspose2d(16, 8, 3, padding='same')", x2},
       kSpec,
       "padding = 'same': a transposed convolution takes only ints"},
      {{"nn.ConvTranspose2d(16, 8, 3, output_padding=1)", x2},
       kSpec,
       "output_padding 1 must be smaller than stride 1 or dilation 1"},
      {{"nn.Conv2d(16, 8, 3, padding=-1)", x2}, kSpec, "padding = -1 must be at least 0"},
      {{"nn.Conv2d(16, 8, 3, stride=(2, 2, 2))", x2},
       kSpec,
       "stride = (2, 2, 2) has 3 values, the layer has 2 spatial axes"},
      {{"nn.Conv2d(16, 8, 3, stride=1.5)", x2},
       kSpec,
       "stride must be an int or a tuple of 2 ints, got 1.5"},
      {{"nn.Conv2d(16, 8, 3, strides=2)", x2},
       kSpec,
       "Conv2d has no argument strides (did you mean \"stride\"?)"},
      {{"nn.Conv2d(16, 8, 3, 1, stride=2)", x2}, kSpec, "argument stride is given twice"},
      {{"nn.Conv2d(16, 8, 3, 1, 0, 1, 1, True, 'zeros', None, None, 5)", x2},
       kSpec,
       "Conv2d takes at most 11 positional arguments"},
      {{"nn.Conv2d(16, 8)", x2}, kSpec, "kernel_size is not given"},
      {{"nn.Conv1d(1, 1, 3, padding=3, padding_mode='reflect')", x1},
       kShape,
       "reflect padding 3 must be smaller than the input's 3"},
      {{"nn.Conv1d(1, 1, 3, padding=4, padding_mode='circular')", x1},
       kShape,
       "circular padding 4 must not exceed the input's 3"},
      {{"nn.Conv1d(1, 1, 9)", x1},
       kShape,
       "the kernel reaches over 9 elements, the padded input has 3"},
      {{"nn.ConvTranspose1d(1, 1, 3, 1, 3)", {1, 1, 4}},
       kShape,
       "output size (4 - 1)*1 + 3 - 3 - 3 is below 1"},
      {{"nn.ConvTranspose1d(1, 1, 3, 2, 1, output_size=[9])", {1, 1, 4}},
       kShape,
       "output_size 9 is not reachable on axis 0: 7 to 8 are"},
      {{"nn.ConvTranspose1d(1, 1, 3, 2, 1, output_size=[1, 8])", {1, 1, 4}},
       kSpec,
       "output_size has 2 values, needs 1 or 3"},
      {{"nn.Conv2d(1, 1, 3)", {2, 5, 5}}, kShape, "in_channels = 1, x.npy has 2 channels"},
      {{"nn.Conv2d(1, 1, 3)", {5}},
       kShape,
       "Conv2d needs an input of 4 or 3 axes (or 2 for one channel), got (5,)"},
      {{"nn.Conv2d(1, 1, 3)", {1, 1, 0, 5}}, kShape, "x has a spatial axis of size 0"},
      {{"nn.Conv2d(1, 1, 3)", {1, 1, 5, 5}, {{1, 1, 2, 3}}},
       kShape,
       "weights (1, 1, 2, 3) read as (out, in/groups, kH, kW) have kernel_size (2, 3), the layer "
       "says (3, 3)"},
      {{"nn.Conv2d(1, 1, 3)", {1, 1, 5, 5}, {{1, 3, 3}}},
       kShape,
       "weights (1, 3, 3) read as (out, in/groups, kH, kW) need 4 axes, or 2 for one input and one "
       "output "
       "channel, got 3"},
      {{"nn.Conv2d(1, 2, 3)", {1, 1, 5, 5}, {}, {3}},
       kShape,
       "bias (3,) must have shape (2,), one value per output channel"},
      {{"nn.Conv2d(1, 2, 3, bias=False)", {1, 1, 5, 5}, {}, {2}},
       kSpec,
       "Conv2d has bias=False, and a bias was given (b.npy)"},
      {{"Conv2d", {1, 1, 5, 5}, {{1, 1, 3, 3}}, {}, {{"data_format", "channels_last"}}},
       kSpec,
       "--data-format is not an argument of Conv2d"},
  };
  check_rows(rows);
}

TEST_CASE("refusals: Keras") {
  const Shape x{1, 8, 8, 4};
  const Row rows[] = {
      {{"Conv2D(8, 3, strides=(2, 1), dilation_rate=(1, 2))", x},
       kSpec,
       "strides = (2, 1) and dilation_rate = (1, 2) cannot both exceed 1"},
      {{"Conv2DTranspose(1, 3, strides=2, output_padding=2)", x},
       kSpec,
       "output_padding 2 must be smaller than strides 2"},
      {{"Conv2D(8, 3, padding='causal')", x},
       kSpec,
       "padding = 'causal' must be 'valid' or 'same'"},
      {{"Conv2D(8, 3, padding=1)", x}, kSpec, "padding = 1 must be 'valid' or 'same'"},
      {{"Conv2D(0, 3)", x}, kSpec, "filters = 0 must be at least 1"},
      {{"Conv2D(6, 3, groups=4)", x}, kSpec, "groups = 4 does not divide filters = 6"},
      {{"Conv2D(6, 3, groups=3)", x}, kShape, "groups = 3 does not divide the 4 channels of x.npy"},
      {{"Conv2D(6, (3,))", x},
       kSpec,
       "kernel_size = (3,) has 1 values, the layer has 2 spatial axes"},
      {{"Conv2D(6, 3, data_format='NCHW')", x},
       kSpec,
       "data_format = 'nchw' must be 'channels_last' or 'channels_first'"},
      {{"Conv2D(6, 3, activation='reul')", x},
       kSpec,
       "activation 'reul' is not one of Keras's (did you mean \"relu\"?)"},
      {{"Conv2D(6, 3, activation='threshold')", x},
       kSpec,
       "activation 'threshold' is not one of Keras's"},
      {{"Conv2D(6, 3, activation=keras.layers.LeakyReLU(0.3))", x},
       kSpec,
       "activation = keras.layers.LeakyReLU(0.3): tconv knows activations by name only"},
      {{"DepthwiseConv2D(3, groups=2)", x}, kSpec, "DepthwiseConv2D has no argument groups"},
      {{"Conv2DTranspose(6, 3, groups=2)", x}, kSpec, "Conv2DTranspose has no argument groups"},
      {{"DepthwiseConv2D(3)", x, {{3, 3, 4, 2}}},
       kShape,
       "weights (3, 3, 4, 2) read as (kH, kW, channels, multiplier) have depth_multiplier = 2, the "
       "layer says 1"},
      {{"Conv2D(6, 9)", x}, kShape, "the kernel reaches over 9 elements, the padded input has 8"},
      {{"Conv2D(6, 3)", {8, 8, 4}},
       kShape,
       "Conv2D needs an input of 4 axes (or 2 for one channel), got (8, 8, 4)"},
      {{"Conv2D(6, 3)", x, {{3, 3, 3, 6}}},
       kShape,
       "weights (3, 3, 3, 6) read as (kH, kW, in, out) expect 3 input channels, x.npy has 4"},
      {{"SeparableConv2D(6, 3)", x, {{3, 3, 4, 1}}},
       kShape,
       "SeparableConv2D takes 2 weight tensors, got 1"},
      {{"Conv1D(5, 1, activation='glu')", {1, 4, 2}}, kShape, "glu needs an even last axis, got 5"},
      {{"Conv2D(2, 3, use_bias=False)", x, {}, {2}},
       kSpec,
       "Conv2D has use_bias=False, and a bias was given (b.npy)"},
  };
  check_rows(rows);
}

TEST_CASE("refusals: ONNX, JAX, flax and SciPy") {
  const Shape x{1, 1, 5}, last{1, 5, 1};
  const std::vector<Shape> w{{1, 1, 3}}, w_last{{3, 1, 1}};
  const Row rows[] = {
      {{"onnx.Conv(pads=[1])", x, w},
       kSpec,
       "pads = (1,) needs 2 values: all begins, then all ends"},
      {{"onnx.Conv(pads=[1, 1], auto_pad='VALID')", x, w},
       kSpec,
       "pads and auto_pad = 'VALID' cannot both be given"},
      {{"onnx.Conv(auto_pad='SAME')", x, w},
       kSpec,
       "auto_pad = 'SAME' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID"},
      {{"onnx.Conv(kernel_shape=[2])", x, w},
       kShape,
       "weights (1, 1, 3) read as (out, in/group, k) have kernel_size (3,), the layer says (2,)"},
      {{"onnx.ConvTranspose(strides=[2], output_padding=[2])", x, w},
       kSpec,
       "output_padding 2 must be smaller than stride 2"},
      {{"onnx.ConvTranspose(strides=[2], output_shape=[14])", x, w},
       kSpec,
       "output_shape 14 is beyond what input 5 reaches: 12"},
      {{"lax.conv_transpose(x, w, (2,), 'valid')", last, w_last},
       kSpec,
       "padding = 'valid' needs strides of 1, got (2,)"},
      {{"lax.conv_general_dilated(x, w, (1,), 'SAME', (2,))", x, w},
       kSpec,
       "padding = 'SAME' needs lhs_dilation of 1, got (2,)"},
      {{"lax.conv_general_dilated(x, w, (1,), [1])", x, w},
       kSpec,
       "padding = (1,) must be a string or 1 (low, high) pair"},
      {{"lax.conv(x, w, (1,), '')", x, w}, kSpec, "padding = '' is no word that lax knows"},
      {{"nn.Conv(1, (3,), padding='')", last, w_last},
       kSpec,
       "padding = '' is no word that flax knows"},
      {{"lax.conv(x, w, (1,), 'FULL')", x, w},
       kSpec,
       "padding = 'FULL' must be 'SAME', 'SAME_LOWER' or 'VALID'"},
      {{"lax.conv(x, w, 2, 'SAME')", x, w},
       kSpec,
       "window_strides must be a tuple of 1 ints, got 2"},
      {{"lax.conv_general_dilated(x, w, (1,), 'VALID', dimension_numbers=('NCH', 'OIH', 'NCW'))", x,
        w},
       kSpec,
       "dimension_numbers = ('NCH', 'OIH', 'NCW') must have the same spatial letters"},
      {{"lax.conv(x, w, (1,), 'VALID')", x, w, {1}},
       kSpec,
       "lax convolutions have no bias (b.npy)"},
      {{"nn.Conv(1, (3, 3), padding='CAUSAL')", {1, 5, 5, 1}, {{3, 3, 1, 1}}},
       kSpec,
       "padding = 'CAUSAL' is for one spatial axis, this layer has 2"},
      {{"nn.Conv(1, (3,), padding='SAME', input_dilation=2)", last, w_last},
       kSpec,
       "padding = 'SAME' needs lhs_dilation of 1, got (2,)"},
      {{"nnx.Conv(2, 1, (3,), rngs=rngs)", last, w_last},
       kShape,
       "in_features = 2, x.npy has 1 channels"},
      {{"nn.Conv(1, (3,), mask=[[[1]]])", last, w_last},
       kShape,
       "weights (3, 1, 1) read as (k, in/groups, out) and a mask of shape (1, 1, 1): they must be "
       "equal"},
      {{"signal.convolve2d(boundary='reflect')", {5, 5}, {{3, 3}}},
       kSpec,
       "boundary = 'reflect' must be 'fill', 'wrap' or 'symm'"},
      {{"signal.convolve(mode='valid')", {5, 2}, {{3, 4}}},
       kShape,
       "mode 'valid' needs one input to be as long as the other along every axis, got (5, 2) and "
       "(3, 4)"},
      {{"signal.convolve(mode='sane')", {5}, {{3}}},
       kSpec,
       "mode = 'sane' must be 'full', 'same' or 'valid' (did you mean \"same\"?)"},
  };
  check_rows(rows);
}

TEST_CASE("refusals: weights of the other direction are recognised") {
  const auto torch = lower_test(
      {.spec = "nn.ConvTranspose2d(8, 16, 3)", .x = {1, 8, 5, 5}, .weights = {{16, 8, 3, 3}}});
  REQUIRE_FALSE(torch);
  CHECK(torch.error().where == "w.npy");
  CHECK(torch.error().hint == "read as a forward layer's (out, in/groups, k...) they would fit");
  const auto keras =
      lower_test({.spec = "Conv2D(16, 3)", .x = {1, 5, 5, 8}, .weights = {{3, 3, 16, 8}}});
  REQUIRE_FALSE(keras);
  const auto bare = lower_test({.spec = "Conv2D", .x = {1, 5, 5, 8}, .weights = {{3, 3, 16, 8}}});
  REQUIRE_FALSE(bare);
  CHECK(bare.error().hint == "read as a transposed layer's (k..., out, in) they would fit");
}

TEST_CASE("refusals: the caret stands under the argument that is refused") {
  const auto lowering = lower_test({.spec = "nn.Conv2d(1, 1, 3, groups=0)", .x = {1, 1, 5, 5}});
  REQUIRE_FALSE(lowering);
  CHECK(lowering.error().where == "Conv2d(1, 1, 3, groups=0) (pytorch)");
  CHECK(lowering.error().excerpt ==
        "nn.Conv2d(1, 1, 3, groups=0)\n"
        "                   ^");
}

TEST_CASE("resolve: the framework is told from the module or the name") {
  struct NameRow {
    const char* name;
    const char* framework;  // null: refused
    const char* what;
  };
  const NameRow rows[] = {
      {"Conv2d", "pytorch", ""},
      {"torch.nn.ConvTranspose1d", "pytorch", ""},
      {"F.conv2d", "pytorch", ""},
      {"torch.nn.functional.conv_transpose3d", "pytorch", ""},
      {"Conv2D", "keras", ""},
      {"tf.keras.layers.Convolution2D", "keras", ""},
      {"layers.SeparableConv1D", "keras", ""},
      {"Conv", "onnx", ""},
      {"onnx.ConvTranspose", "onnx", ""},
      {"nn.Conv", "flax", ""},
      {"Conv(features=3, kernel_size=(3,))", "flax", ""},
      {"flax.nnx.ConvTranspose", "flax", ""},
      {"jax.lax.conv_transpose", "jax", ""},
      {"scipy.signal.correlate2d", "scipy", ""},
      {"conv2d", nullptr,
       "'conv2d' is no framework's own name for a layer, and each would mean something else by it "
       "(layouts, "
       "padding, crops)"},
      {"nn.Conv2D", nullptr,
       "'Conv2D' is not a convolution layer that tconv knows (did you mean \"Conv2d\"?)"},
      {"ConvTransposed2d", nullptr,
       "'ConvTransposed2d' is not a convolution layer that tconv knows (did you mean "
       "\"ConvTranspose2d\"?)"},
      {"BatchNorm2d", nullptr, "'BatchNorm2d' is not a convolution layer that tconv knows"},
  };
  for (const NameRow& row : rows) {
    CAPTURE(row.name);
    const auto spec = spec::parse_spec(row.name);
    REQUIRE(spec);
    const auto resolved = resolve(spec->layers[0].layer);
    REQUIRE(bool(resolved) == (row.framework != nullptr));
    if (resolved) CHECK(resolved->framework->name == row.framework);
    if (!resolved) CHECK(resolved.error().what == row.what);
  }
  const auto unknown = framework_named("pytorhc");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().what == "unknown framework 'pytorhc' (did you mean \"pytorch\"?)");
}

}  // namespace
}  // namespace tconv::frameworks
