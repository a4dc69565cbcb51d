// What each framework's words come to: direction, pads or crops and length of one axis.
// Values are replayed by tests/conformance.
#include "frameworks/lowering.hpp"

#include "layers.hpp"

namespace tconv::frameworks {
namespace {

struct Row {
  const char* spec;
  std::int64_t input;
  Direction direction;
  std::int64_t begin, end, output;
};

constexpr auto F = Direction::Forward;
constexpr auto T = Direction::Transposed;

// Confirmed with PyTorch 1.13 and 2.15, and Keras 3.15.
const Row kPyTorchRows[] = {
    {"nn.ConvTranspose1d(1, 1, 2, stride=3, padding=2)", 3, T, 2, 2, 4},
    {"nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1)", 3, T, 1, 1, 5},
    {"nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1)", 3, T, 1, 0, 6},
    {"nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_size=[8])", 4, T, 1, 0, 8},
    {"nn.ConvTranspose1d(1, 1, 3, 2, 1, 1, output_size=[7])", 4, T, 1, 1, 7},
    {"nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_size=[5, 9, 8])", 4, T, 1, 0, 8},
    {"nn.ConvTranspose1d(1, 1, 2, stride=3, output_padding=2)", 3, T, 0, -2, 10},
    {"nn.ConvTranspose1d(1, 1, 3, output_padding=1, dilation=2)", 3, T, 0, -1, 8},
    {"nn.ConvTranspose1d(1, 1, 2, stride=2, padding=1, dilation=2)", 3, T, 1, 1, 5},
    {"F.conv_transpose1d(x, w, None, 2, 1, 1)", 3, T, 1, 0, 6},
    {"nn.Conv1d(1, 1, 3)", 5, F, 0, 0, 3},
    {"nn.Conv1d(1, 1, 4, padding='same')", 5, F, 1, 2, 5},
    {"nn.Conv1d(1, 1, 2, padding='same', dilation=3)", 5, F, 1, 2, 5},
    {"Conv1d(1, 1, kernel_size=(3,), stride=(2,), padding=(1,))", 6, F, 1, 1, 3},
    {"nn.Conv1d(1, 1, 3, padding=4, padding_mode='replicate')", 3, F, 4, 4, 9},
    {"nn.Conv1d(1, 1, 2, padding=-1, padding_mode='reflect')", 6, F, -1, -1, 3},
    {"nn.Conv1d(1, 1, 3, stride=4, padding='valid')", 6, F, 0, 0, 1},
    {"F.conv1d(x, w, stride=2, padding=1)", 6, F, 1, 1, 3},
};

const Row kKerasRows[] = {
    {"Conv1D(1, 4, padding='same')", 5, F, 1, 2, 5},
    {"Conv1D(1, 3, strides=2, padding='same')", 5, F, 1, 1, 3},
    {"Conv1D(1, 3, strides=2, padding='SAME')", 6, F, 0, 1, 3},
    {"Conv1D(1, 2, strides=3, padding='same')", 5, F, 0, 0, 2},
    {"Conv1D(1, 3, padding='same', dilation_rate=2)", 5, F, 2, 2, 5},
    {"Conv1D(1, 3, padding='causal', dilation_rate=2)", 5, F, 4, 0, 5},
    {"Conv1D(1, 3, strides=2, padding='causal')", 6, F, 2, 0, 3},
    {"Conv1DTranspose(1, 3, strides=2, padding='same')", 3, T, 0, 1, 6},
    {"Conv1DTranspose(1, 4, strides=2, padding='same')", 3, T, 1, 1, 6},
    {"Conv1DTranspose(1, 5, strides=2, padding='same')", 3, T, 1, 2, 6},
    {"Conv1DTranspose(1, 2, padding='same')", 3, T, 0, 1, 3},
    {"Conv1DTranspose(1, 2, strides=3, padding='same')", 3, T, 0, -1, 9},
    {"Conv1DTranspose(1, 2, strides=3)", 3, T, 0, -1, 9},
    {"Conv1DTranspose(1, 3, strides=2)", 3, T, 0, 0, 7},
    {"Conv1DTranspose(1, 3, strides=2, padding='same', output_padding=0)", 3, T, 1, 1, 5},
    {"Conv1DTranspose(1, 3, strides=2, padding='same', output_padding=1)", 3, T, 0, 1, 6},
    {"Conv1DTranspose(1, 4, strides=3, padding='same', output_padding=2)", 3, T, 1, 1, 8},
    {"Conv1DTranspose(1, 2, strides=2, padding='same', output_padding=0)", 3, T, 1, 1, 4},
    {"Conv1DTranspose(1, 3, strides=2, output_padding=1)", 3, T, 0, -1, 8},
    {"Conv1DTranspose(1, 3, padding='same', dilation_rate=2)", 3, T, 2, 2, 3},
    {"Conv1DTranspose(1, 3, dilation_rate=2)", 3, T, 0, 0, 7},
};

// Confirmed with ONNX Runtime 1.32, JAX 0.10, flax 0.12 and SciPy 1.17.
const Row kOnnxRows[] = {
    {"onnx.Conv(auto_pad='SAME_UPPER')", 5, F, 1, 2, 5},
    {"onnx.Conv(auto_pad='SAME_LOWER')", 5, F, 2, 1, 5},
    {"onnx.Conv(pads=[2, 0])", 5, F, 2, 0, 4},
    {"helper.make_node('Conv', ['X', 'W'], ['Y'], strides=[3])", 5, F, 0, 0, 1},
    {"Y = ConvTranspose <strides: ints = [2]> (X, W)", 3, T, 0, 0, 8},
    {"Y = ConvTranspose (X, W) <strides = [2], auto_pad = \"SAME_UPPER\">", 3, T, 1, 1, 6},
    {"%Y = ConvTranspose[strides = [2], output_shape = [7]](%X, %W)", 3, T, 1, 0, 7},
    {"onnx.ConvTranspose(strides=[2], output_shape=[9])", 3, T, 0, -1, 9},
    {"onnx.ConvTranspose(strides=[5], auto_pad='SAME_UPPER')", 3, T, 0, 0, 14},
    {"onnx.ConvTranspose(strides=[2], pads=[1, 1], output_padding=[1])", 3, T, 1, 0, 7},
    {"onnx.ConvTranspose(strides=[2], auto_pad='SAME_UPPER', output_padding=[1])", 3, T, 1, 1, 6},
};

const Row kJaxRows[] = {
    {"lax.conv_transpose(x, w, (2,), 'SAME')", 3, T, 1, 1, 6},
    {"lax.conv_transpose(x, w, (2,), 'VALID')", 3, T, 0, 0, 8},
    {"lax.conv_transpose(x, w, (5,), 'VALID')", 3, T, 0, -1, 15},
    {"lax.conv_transpose(x, w, (2,), [(0, 0)])", 3, T, 3, 3, 2},
    {"lax.conv_transpose(x, w, (2,), [(1, 1)], use_consistent_padding=True)", 3, T, 1, 1, 6},
    {"lax.conv_transpose(x, w, (1,), 'valid')", 5, T, 3, 3, 2},
    {"lax.conv_general_dilated(x, w, (1,), 'same_lower')", 5, F, 2, 1, 5},
    {"lax.conv_general_dilated(x, w, (2,), [(2, 2)], (2,))", 3, F, 2, 2, 3},
    {"lax.conv_general_dilated(x, w, (1,), [(-1, 0)])", 5, F, -1, 0, 1},
    {"lax.conv(x, w, (1,), 'VALID')", 2, F, 0, 0, 0},
};

const Row kFlaxRows[] = {
    {"nn.Conv(1, (4,), padding='CIRCULAR')", 5, F, 1, 2, 5},
    {"nn.Conv(1, (4,), strides=2, padding='REFLECT')", 5, F, 1, 2, 3},
    {"nn.Conv(1, (4,), padding='CAUSAL', kernel_dilation=2)", 5, F, 6, 0, 5},
    {"nnx.Conv(1, 1, (4,), padding=1, rngs=rngs)", 5, F, 1, 1, 4},
    {"nn.ConvTranspose(1, (4,), strides=(2,))", 3, T, 1, 1, 6},
    {"nn.ConvTranspose(1, (4,), strides=(2,), padding=1)", 3, T, 2, 2, 4},
    {"nn.ConvTranspose(1, (4,), strides=(2,), padding='CIRCULAR')", 3, F, 2, 2, 6},
};

const Row kScipyRows[] = {
    {"signal.convolve()", 5, F, 3, 3, 8},
    {"signal.correlate(mode='same')", 5, F, 2, 1, 5},
    {"signal.convolve(mode='valid')", 5, F, 0, 0, 2},
    {"signal.correlate(mode='valid')", 2, F, 0, 0, 3},
};

void check_row(const Row& row, const TestLayer& test) {
  const auto lowering = lower_test(test);
  REQUIRE_MESSAGE(lowering, lowering.error().what);
  const Problem& problem = lowering->stages.at(0);
  const auto extents = output_extents(problem);
  REQUIRE(extents);
  CHECK(problem.direction == row.direction);
  CHECK(problem.axes.back().begin == row.begin);
  CHECK(problem.axes.back().end == row.end);
  CHECK(extents->back() == row.output);
}

// Layers that say their kernel themselves, but for functional calls: those get three taps.
void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.spec);
    const std::string_view spec = row.spec;
    const bool keras = spec.find('D') != std::string_view::npos;
    TestLayer test{.spec = row.spec, .x = {1, 1, row.input}};
    if (keras) test.x = {1, row.input, 1};
    if (spec.starts_with("F.")) test.weights = {{1, 1, 3}};
    check_row(row, test);
  }
}

// Layers that leave the kernel to the weights, which have four taps.
void check_four_taps(std::span<const Row> rows, std::size_t rank) {
  for (const Row& row : rows) {
    CAPTURE(row.spec);
    const std::string_view spec = row.spec;
    const bool channels_last =
        spec.starts_with("nn") || spec.find("conv_transpose") != std::string_view::npos;
    Shape x(rank, 1), w(rank, 1);
    x[rank == 1 ? 0 : channels_last ? 1 : 2] = row.input;
    w[rank == 1 || channels_last ? 0 : 2] = 4;
    check_row(row, {.spec = row.spec, .x = x, .weights = {w}});
  }
}

TEST_CASE("lower: PyTorch's pads and crops") { check_rows(kPyTorchRows); }
TEST_CASE("lower: Keras's pads and crops") { check_rows(kKerasRows); }

TEST_CASE("lower: ONNX's pads and crops") { check_four_taps(kOnnxRows, 3); }
TEST_CASE("lower: lax's pads and crops") { check_four_taps(kJaxRows, 3); }
TEST_CASE("lower: flax's pads and crops") { check_four_taps(kFlaxRows, 3); }
TEST_CASE("lower: SciPy's pads") { check_four_taps(kScipyRows, 1); }

TEST_CASE("lower: a note says where ONNX Runtime differs from the operator's text") {
  const auto lowering =
      lower_test({.spec = "onnx.ConvTranspose(strides=[5], auto_pad='SAME_UPPER')",
                  .x = {1, 1, 3},
                  .weights = {{1, 1, 4}}});
  REQUIRE(lowering);
  REQUIRE(lowering->notes.size() == 1);
  CHECK(lowering->notes[0] ==
        "axis 0: the operator's text gives 15 = input * stride for SAME_UPPER; shape inference and "
        "ONNX Runtime give 14");
}

TEST_CASE("lower: lax takes its axes in any order") {
  const auto lowering = lower_test({.spec = "lax.conv_general_dilated(x, w, (2, 1), 'VALID', "
                                            "dimension_numbers=('HNWC', 'OWHI', 'CNHW'))",
                                    .x = {9, 2, 7, 3},
                                    .weights = {{5, 2, 4, 3}}});
  REQUIRE_MESSAGE(lowering, lowering.error().what);
  // The kernel's letters say the order of strides: W first, then H.
  CHECK(lowering->y_shape == Shape{5, 2, 6, 3});
}

TEST_CASE("lower: shapes of y in the framework's own axis order") {
  struct ShapeRow {
    const char* name;
    TestLayer layer;
    Shape y;
  };
  const ShapeRow rows[] = {
      {"asymmetric strides",
       {.spec = "Conv2DTranspose(4, (2, 3), strides=(3, 1))", .x = {1, 3, 4, 3}},
       {1, 9, 6, 4}},
      {"same",
       {.spec = "Conv2DTranspose(4, 3, strides=2, padding='same')", .x = {1, 5, 7, 3}},
       {1, 10, 14, 4}},
      {"channels first",
       {.spec = "Conv2D(4, 3, data_format='channels_first')", .x = {2, 3, 8, 9}},
       {2, 4, 6, 7}},
      {"depthwise",
       {.spec = "DepthwiseConv2D(3, depth_multiplier=2, padding='same')", .x = {1, 5, 5, 3}},
       {1, 5, 5, 6}},
      {"separable",
       {.spec = "SeparableConv2D(3, 2, strides=2, padding='same', depth_multiplier=2)",
        .x = {1, 5, 5, 2}},
       {1, 3, 3, 3}},
      {"glu halves the channels",
       {.spec = "Conv1D(4, 1, activation='glu')", .x = {1, 5, 2}},
       {1, 5, 2}},
      {"3-D", {.spec = "nn.Conv3d(3, 5, (1, 2, 3))", .x = {2, 3, 4, 5, 6}}, {2, 5, 4, 4, 4}},
      {"unbatched", {.spec = "nn.Conv2d(1, 2, 3)", .x = {1, 5, 5}}, {2, 3, 3}},
      {"no batch item", {.spec = "nn.Conv2d(1, 2, 3)", .x = {0, 1, 5, 5}}, {0, 2, 3, 3}},
      {"spatial axes only", {.spec = "nn.Conv2d(1, 1, 3)", .x = {5, 5}}, {3, 3}},
      {"spatial axes only, two channels out",
       {.spec = "nn.Conv2d(1, 2, 3)", .x = {5, 5}},
       {1, 2, 3, 3}},
      {"the same in Keras", {.spec = "Conv2D(2, 3)", .x = {5, 5}}, {1, 3, 3, 2}},
  };
  for (const ShapeRow& row : rows) {
    CAPTURE(row.name);
    const auto lowering = lower_test(row.layer);
    REQUIRE_MESSAGE(lowering, lowering.error().what);
    CHECK(lowering->y_shape == row.y);
  }
}

TEST_CASE("lower: a flag wins over the SPEC and means what the framework means") {
  const auto torch = lower_test({.spec = "nn.ConvTranspose1d(1, 1, 3, stride=2)",
                                 .x = {1, 1, 4},
                                 .flags = {{"stride", "3"}, {"output_size", "13"}}});
  REQUIRE(torch);
  CHECK(torch->y_shape == Shape{1, 1, 13});
  const auto keras = lower_test({.spec = "conv_transpose2d",
                                 .x = {1, 4, 4, 1},
                                 .weights = {{3, 3, 1, 1}},
                                 .flags = {{"stride", "2"}, {"padding", "same"}},
                                 .framework = "tf"});
  REQUIRE(keras);
  CHECK(keras->framework == "keras");
  CHECK(keras->y_shape == Shape{1, 8, 8, 1});
}

TEST_CASE("lower: strides follow the axes of the weights, groups included") {
  const auto grouped =
      lower_test({.spec = "nn.ConvTranspose2d(4, 6, 3, groups=2)", .x = {1, 4, 5, 5}});
  REQUIRE(grouped);
  const WeightStrides& w = grouped->stages[0].w;  // (4, 3, 3, 3): (in, out/groups, kH, kW)
  CHECK(w.group == 2 * 27);
  CHECK(w.in == 27);
  CHECK(w.out == 9);
  const auto depthwise =
      lower_test({.spec = "DepthwiseConv2D(3, depth_multiplier=2)", .x = {1, 5, 5, 4}});
  REQUIRE(depthwise);
  const WeightStrides& d = depthwise->stages[0].w;  // (3, 3, 4, 2)
  CHECK(d.group == 2);
  CHECK(d.out == 1);
  CHECK(d.axes[kMaxAxes - 2] == 24);
  CHECK(d.axes.back() == 8);
}

}  // namespace
}  // namespace tconv::frameworks
