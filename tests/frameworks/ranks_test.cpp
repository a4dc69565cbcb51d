// Layers of no spatial axes and of more than three: who computes them, and who refuses. What they
// compute is in tests/conformance; this is which axis plays which part.
// Confirmed with SciPy 1.17, JAX 0.10, flax 0.12 and ONNX Runtime 1.32.
#include "layers.hpp"
#include "tconv/problem.hpp"

namespace tconv::frameworks {
namespace {

struct Row {
  TestLayer layer;
  Shape y;
  const char* x_layout;
  const char* w_layout;
};

const Row kComputed[] = {
    {{"signal.convolve()", {}, {Shape{}}}, {}, "()", "()"},
    {{"signal.correlate(mode='nonsense')", {}, {Shape{}}}, {}, "()", "()"},
    {{"signal.convolve()", {2, 2, 2, 2}, {{2, 1, 2, 1}}},
     {3, 2, 3, 2},
     "(D1, D2, D3, D4)",
     "(kD1, kD2, kD3, kD4)"},
    {{"lax.conv(x, w, (), 'SAME')", {2, 3}, {{4, 3}}}, {2, 4}, "(N, C)", "(O, I)"},
    {{"lax.conv_transpose(x, w, (), 'VALID')", {2, 3}, {{3, 4}}}, {2, 4}, "(N, C)", "(I, O)"},
    {{"lax.conv_transpose(x, w, (), '', use_consistent_padding=True)", {2, 3}, {{3, 4}}},
     {2, 4},
     "(N, C)",
     "(I, O)"},
    {{"lax.conv(x, w, (1, 2, 1, 1), 'SAME')", {1, 1, 3, 3, 2, 2}, {{5, 1, 2, 2, 2, 2}}},
     {1, 5, 3, 2, 2, 2},
     "(N, C, D1, D2, D3, D4)",
     "(O, I, D1, D2, D3, D4)"},
    {{"lax.conv(x, w, (1, 1, 1, 1), 'VALID')", {2, 2, 2, 2}, {{1, 2, 1, 1}}},
     {2, 1, 2, 2},
     "(D1, D2, D3, D4)",
     "(O, I, D1, D2, D3, D4)"},
    {{"lax.conv_transpose(x, w, (2, 1, 1, 1), 'SAME', None, ('NabcdC', 'dcbaIO', 'NCabcd'))",
      {1, 2, 1, 1, 3, 1},
      {{1, 1, 1, 1, 1, 2}}},
     {1, 2, 2, 1, 1, 6},
     "(N, D4, D3, D2, D1, C)",
     "(D1, D2, D3, D4, I, O)"},
    {{"nn.Conv(3, ())", {2, 2, 2}, {{2, 3}}}, {2, 2, 3}, "(N, N, C)", "(in/groups, out)"},
    {{"nn.Conv(3, (2, 1, 1, 2), padding='VALID')", {2, 2, 1, 2, 1}, {{2, 1, 1, 2, 1, 3}}},
     {1, 2, 1, 1, 3},
     "(D1, D2, D3, D4, C)",
     "(kD1, kD2, kD3, kD4, in/groups, out)"},
    {{"onnx.Conv(strides=[1, 1, 2, 1])", {1, 1, 2, 1, 3, 2}, {{2, 1, 1, 1, 1, 2}}},
     {1, 2, 2, 1, 2, 1},
     "(N, C, D1, D2, D3, D4)",
     "(out, in/group, kD1, kD2, kD3, kD4)"},
};

TEST_CASE("ranks: no spatial axes, and more than three") {
  for (const Row& row : kComputed) {
    CAPTURE(row.layer.spec);
    const auto lowering = lower_test(row.layer);
    REQUIRE_MESSAGE(lowering, lowering.error().what);
    CHECK(lowering->y_shape == row.y);
    CHECK(lowering->x_layout == row.x_layout);
    CHECK(lowering->w_layouts.at(0) == row.w_layout);
  }
}

struct Refusal {
  TestLayer layer;
  ErrorCode code;
  const char* what;
};

TEST_CASE("ranks: what the frameworks refuse of them") {
  const Shape four(4, 1), six(6, 1), most(64, 1);
  const Refusal rows[] = {
      {{"lax.conv_transpose(x, w, (1, 1, 1, 1), 'SAME')", six, {six}},
       ErrorCode::Spec,
       "lax.conv_transpose has default layouts for up to 3 spatial axes, this has 4"},
      {{"nn.ConvTranspose(1, (1, 1, 1, 1))", six, {six}},
       ErrorCode::Spec,
       "lax.conv_transpose has default layouts for up to 3 spatial axes, this has 4"},
      {{"nn.Conv(1, (1, 1, 1, 1), padding='CAUSAL')", six, {six}},
       ErrorCode::Spec,
       "padding = 'CAUSAL' is for one spatial axis, this layer has 4"},
      {{"nn.Conv(1, (), padding='CAUSAL')", {1, 1}, {{1, 1}}},
       ErrorCode::Spec,
       "padding = 'CAUSAL' is for one spatial axis, this layer has 0"},
      {{"lax.conv(x, w, (), 'SAME')", {1, 1, 1}, {{1, 1, 1}}},
       ErrorCode::ShapeMismatch,
       "shape (1, 1, 1) needs 2 axes (or 0 for one channel)"},
      {{"onnx.Conv()", {}, {Shape{}}},
       ErrorCode::ShapeMismatch,
       "X needs at least one spatial axis, it has no axes"},
      {{"signal.convolve(method='direct')", most, {most}},
       ErrorCode::ShapeMismatch,
       "method 'direct' takes at most 32 axes, got 64"},
      {{"signal.convolve2d()", four, {four}},
       ErrorCode::ShapeMismatch,
       "x.npy has 4 axes and w.npy has 4; they need 2 each"},
      {{"signal.convolve()", Shape(65, 1), {Shape(65, 1)}},
       ErrorCode::ShapeMismatch,
       "65 axes: as in NumPy, an array has at most 64"},
  };
  for (const Refusal& row : rows) {
    CAPTURE(row.layer.spec);
    const auto lowering = lower_test(row.layer);
    REQUIRE_FALSE(lowering);
    CHECK(lowering.error().what == row.what);
    CHECK(lowering.error().code == row.code);
  }
}

TEST_CASE("ranks: as many axes as an array has") {
  const Shape most(64, 1);
  const auto lowering = lower_test({.spec = "signal.convolve()", .x = most, .weights = {most}});
  REQUIRE(lowering);
  CHECK(lowering->y_shape == most);
}

TEST_CASE("ranks: a ConvDimensionNumbers names its tuples, and counts past nine") {
  const std::string lhs = "lhs_spec=(0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9)";
  const std::string rhs = "rhs_spec=(1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10)";
  const std::string out = "out_spec=(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)";
  Shape x(11, 1), w(11, 1), y(11, 1);
  x[0] = y[0] = 2;
  x[10] = w[0] = 3;
  w[1] = y[1] = 4;
  for (const std::string& specs : {lhs + ", " + rhs + ", " + out, out + ", " + lhs + ", " + rhs}) {
    CAPTURE(specs);
    const std::string spec =
        "lax.conv_general_dilated(x, w, (1, 1, 1, 1, 1, 1, 1, 1, 1), 'SAME', dimension_numbers="
        "ConvDimensionNumbers(" +
        specs + "))";
    const auto lowering = lower_test({.spec = spec, .x = x, .weights = {w}});
    REQUIRE_MESSAGE(lowering, lowering.error().what);
    CHECK(lowering->y_shape == y);
  }
}

TEST_CASE("ranks: a neutral name says its axes") {
  const Shape spatial{2, 3, 4};  // conv1d would read a batch and channels in it
  for (const char* framework : {"jax", "flax"}) {
    CAPTURE(framework);
    const auto lowering = lower_test({.spec = "conv3d",
                                      .x = spatial,
                                      .weights = {{2, 1, 2}},
                                      .flags = {{"padding", "VALID"}},
                                      .framework = framework});
    REQUIRE_MESSAGE(lowering, lowering.error().what);
    CHECK(lowering->y_shape == Shape{1, 3, 3});
  }
}

}  // namespace
}  // namespace tconv::frameworks
