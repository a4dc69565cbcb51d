// What each framework's words come to: direction, pads or crops and length of one axis.
// The rows were confirmed with PyTorch 1.13 and 2.15 and Keras 3.15; their values are replayed by
// tests/conformance.
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

void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.spec);
    // Functional calls say no kernel extent: their weights do.
    const bool functional = std::string_view(row.spec).starts_with("F.");
    TestLayer test{.spec = row.spec, .x = {1, 1, row.input}};
    if (std::string_view(row.spec).find('D') != std::string_view::npos) test.x = {1, row.input, 1};
    if (functional) test.weights = {{1, 1, 3}};
    const auto lowering = lower_test(test);
    REQUIRE_MESSAGE(lowering, lowering.error().what);
    const Problem& problem = lowering->stages.at(0);
    const auto extents = output_extents(problem);
    REQUIRE(extents);
    CHECK(problem.direction == row.direction);
    CHECK(problem.axes[2].begin == row.begin);
    CHECK(problem.axes[2].end == row.end);
    CHECK((*extents)[2] == row.output);
  }
}

TEST_CASE("lower: PyTorch's pads and crops") { check_rows(kPyTorchRows); }
TEST_CASE("lower: Keras's pads and crops") { check_rows(kKerasRows); }

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
  CHECK(d.axes == Extents{0, 24, 8});
}

}  // namespace
}  // namespace tconv::frameworks
