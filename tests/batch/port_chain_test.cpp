// Ports: the verdict and the layer for known pains, and both sides run through the engine.
#include "batch/port_chain.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frameworks/forms.hpp"
#include "frameworks/port_code.hpp"
#include "io/read.hpp"
#include "io/write.hpp"

namespace tconv::batch {
namespace {

using frameworks::Verdict;

struct Ported {
  Chain chain{};
  std::vector<frameworks::PortedLayer> layers{};
};

Result<Ported> ported(const std::string& spec, const std::string& target,
                      const std::optional<Shape>& x, const std::vector<std::string>& weights = {}) {
  auto chain = read_chain({.spec = spec, .weights = weights});
  if (!chain) return chain.error();
  const auto framework = frameworks::framework_named(target);
  if (!framework) return framework.error();
  auto layers = port_chain(*chain, x, **framework);
  if (!layers) return layers.error();
  return Ported{std::move(*chain), std::move(*layers)};
}

// "exact with: a slice behind it | nn.ConvTranspose2d(4, 8, 3, stride=2)"
std::string summary(const Result<Ported>& port) {
  if (!port) return "error: " + port.error().what;
  const frameworks::PortedLayer& layer = port->layers[0];
  if (layer.verdict == Verdict::Impossible) return "impossible: " + layer.rule;
  std::string text(name(layer.verdict));
  if (!layer.with.empty()) text += fmt::format(": {}", fmt::join(layer.with, ", "));
  for (const auto& stage : layer.stages) text += " | " + frameworks::call_text(stage.layer);
  return text;
}

// Of all the layers, the worst.
double difference(const Ported& port) {
  double largest = 0;
  for (std::size_t i = 0; i < port.layers.size(); ++i) {
    const auto tensors = port_tensors(port.chain.layers[i], port.layers[i], DType::Float64);
    REQUIRE(tensors);
    const auto verified =
        verify_port(port.chain.layers[i], port.layers[i], *tensors, DType::Float64);
    REQUIRE_MESSAGE(verified, (verified ? "" : verified.error().what));
    CHECK(verified->equal);
    largest = std::max(largest, verified->largest_difference);
  }
  return largest;
}

struct Row {
  std::string name, spec, target;
  std::optional<Shape> x{};
  std::string expected;
  std::string note{};  // one of the notes begins so
};

// Values of Keras 3, PyTorch 2 and ONNX Runtime, by hand from their rules.
const Row kPains[] = {
    {"Keras 'same' transposed, k=3 s=2, has no PyTorch twin",
     "Conv2DTranspose(8, 3, strides=2, padding='same')", "pytorch", Shape{1, 16, 16, 4},
     "exact with: a slice behind it | nn.ConvTranspose2d(4, 8, 3, stride=2)",
     "padding=1, output_padding=1 has the right shape and the wrong values: its y starts 1 too "
     "late "
     "along H and 1 too late along W"},
    {"... k=4 s=2 has one", "Conv2DTranspose(8, 4, strides=2, padding='same')", "pytorch",
     Shape{1, 16, 16, 4}, "exact | nn.ConvTranspose2d(4, 8, 4, stride=2, padding=1)"},
    {"... k=5 s=2 crops 1:2", "Conv2DTranspose(8, 5, strides=2, padding='same')", "pytorch",
     Shape{1, 16, 16, 4},
     "exact with: a slice behind it | nn.ConvTranspose2d(4, 8, 5, stride=2, padding=1)"},
    {"... k=2 s=3 appends zeros", "Conv1DTranspose(8, 2, strides=3, padding='same')", "pytorch",
     Shape{1, 16, 4}, "exact | nn.ConvTranspose1d(4, 8, 2, stride=3, output_padding=1)"},
    {"Keras 'same' with stride, an even length", "Conv2D(8, 3, strides=2, padding='same')",
     "pytorch", Shape{1, 16, 16, 4}, "exact with: a pad before it | nn.Conv2d(4, 8, 3, stride=2)",
     "padding=1 has the right shape and the wrong values: its windows start 1 too early"},
    {"... an odd one", "Conv2D(8, 3, strides=2, padding='same')", "pytorch", Shape{1, 17, 17, 4},
     "exact | nn.Conv2d(4, 8, 3, stride=2, padding=1)", "for this input's length only"},
    {"... any", "Conv2D(8, 3, strides=2, padding='same')", "flax", Shape{1, 16, 16, 4},
     "exact | nn.Conv(8, (3, 3), strides=(2, 2), padding='SAME')"},
    {"... where the length does not matter", "Conv2D(8, 2, strides=2, padding='same')", "onnx",
     Shape{1, 16, 16, 4}, "exact | onnx.Conv(strides=[2, 2], pads=[0, 0, 1, 1])"},
    {"output_padding is a smaller crop at the end",
     "nn.ConvTranspose2d(4, 8, 3, stride=2, padding=1, output_padding=1)",
     "keras",
     {},
     "exact with: a slice behind it | keras.layers.Conv2DTranspose(8, 3, strides=2)"},
    {"... in ONNX",
     "nn.ConvTranspose2d(4, 8, 3, stride=2, padding=1, output_padding=1)",
     "onnx",
     {},
     "exact | onnx.ConvTranspose(strides=[2, 2], pads=[1, 1, 0, 0])"},
    {"padding of a transposed layer crops: flax pads the spread-out input",
     "nn.ConvTranspose1d(4, 8, 3, stride=2, padding=1)",
     "flax",
     {},
     "exact | nn.ConvTranspose(8, (3,), strides=(2,), padding=[(1, 1)])"},
    {"groups of a transposed layer, where the target has none",
     "nn.ConvTranspose1d(4, 6, 3, stride=2, groups=2)",
     "keras",
     {},
     "exact with: a layer for each group | keras.layers.Conv1DTranspose(3, 3, strides=2)"},
    {"... where a gather has them",
     "nn.ConvTranspose1d(4, 6, 3, stride=2, groups=2, bias=False)",
     "jax",
     {},
     "exact | lax.conv_general_dilated(window_strides=(1,), padding=[(2, 2)], lhs_dilation=(2,), "
     "dimension_numbers=('NWC', 'WIO', 'NWC'), feature_group_count=2)"},
    {"a depthwise layer",
     "nn.Conv2d(4, 8, 3, groups=4)",
     "keras",
     {},
     "exact | keras.layers.DepthwiseConv2D(3, depth_multiplier=2)"},
    {"a separable layer is two", "SeparableConv2D(8, 3)", "pytorch", Shape{1, 9, 9, 4},
     "exact | nn.Conv2d(4, 4, 3, groups=4, bias=False) | nn.Conv2d(4, 8, 1)"},
    {"lax has no bias",
     "nn.Conv1d(4, 8, 3)",
     "jax",
     {},
     "exact with: the bias added behind it | lax.conv_general_dilated(window_strides=(1,), "
     "padding=[(0, 0)], dimension_numbers=('NWC', 'WIO', 'NWC'))"},
    {"both strides and dilation",
     "nn.Conv1d(4, 8, 3, stride=2, dilation=2)",
     "keras",
     {},
     "exact with: a slice behind it | keras.layers.Conv1D(8, 3, dilation_rate=2)"},
    {"... transposed",
     "nn.ConvTranspose1d(4, 8, 3, stride=2, dilation=2)",
     "keras",
     {},
     "impossible: Keras refuses strides = (2,) together with dilation_rate = (2,): one of them "
     "must "
     "be 1 on every axis"},
    {"a pad mode that the target lacks",
     "nn.Conv1d(4, 8, 3, padding=1, padding_mode='replicate')",
     "keras",
     {},
     "exact with: a pad before it | keras.layers.Conv1D(8, 3)"},
    {"... or has for its own pads",
     "nn.Conv1d(4, 8, 3, padding=1, padding_mode='circular')",
     "flax",
     {},
     "exact | nn.Conv(8, (3,), padding='CIRCULAR')"},
    {"a wrapped scatter whose taps do not overlap wraps nothing",
     "flax.linen.ConvTranspose(8, (2,), strides=2, padding='CIRCULAR')", "pytorch", Shape{2, 5, 4},
     "exact | nn.ConvTranspose1d(4, 8, 2, stride=2)"},
    {"a single tap, whose dilation lets output_padding be as long as it must",
     "flax.linen.ConvTranspose(8, 1, 2, ((0, 2),))", "pytorch", Shape{2, 5, 4},
     "exact | nn.ConvTranspose1d(4, 8, 1, stride=2, output_padding=2, dilation=3)"},
    {"strides and dilations of 2 that are none of 1",
     "flax.linen.Conv(8, (5,), strides=2, padding=2, input_dilation=2, kernel_dilation=2)", "keras",
     Shape{2, 9, 4}, "exact with: a pad before it | keras.layers.Conv1D(8, 5)"},
    {"a cut that goes beyond x, into what is padded behind it",
     "nnx.Conv(4, 8, (2,), padding=((-3, 5),))", "pytorch", Shape{2, 2, 4},
     "exact with: a pad before it, a slice before it | nn.Conv1d(4, 8, 2)"},
    {"a mirror of a mirror", "flax.linen.Conv(8, (8,), padding='REFLECT')", "pytorch",
     Shape{2, 3, 4}, "exact with: a pad before it | nn.Conv1d(4, 8, 8)",
     "for this input's length only"},
    {"... of one element", "flax.linen.Conv(8, (8,), padding='REFLECT')", "onnx", Shape{2, 1, 4},
     "exact with: a pad before it | onnx.Conv()"},
    {"... so far that ONNX would have to list thousands of elements",
     "flax.linen.Conv(8, (5001,), padding='REFLECT')", "onnx", Shape{2, 3, 4},
     "impossible: onnx pads no further around an input than once, and an index of the padded one "
     "may have 4096 elements at most"},
    {"... which PyTorch says in words", "flax.linen.Conv(8, (5001,), padding='REFLECT')", "pytorch",
     Shape{2, 3, 4}, "exact with: a pad before it | nn.Conv1d(4, 8, 5001)"},
    {"a wrapped x of two elements, which a dilation of 3 meets as one of 1 does",
     "flax.linen.Conv(8, (5,), padding='CIRCULAR', kernel_dilation=3)", "pytorch", Shape{2, 2, 4},
     "exact | nn.Conv1d(4, 8, 5, padding=2, padding_mode='circular')",
     "for this input's length only"},
    {"... of four, met backwards as by one of 1",
     "flax.linen.Conv(8, (5,), padding='CIRCULAR', kernel_dilation=3)", "pytorch", Shape{2, 4, 4},
     "exact | nn.Conv1d(4, 8, 5, padding=2, padding_mode='circular')"},
    {"... wrapped", "flax.linen.Conv(8, (8,), padding='CIRCULAR')", "keras", Shape{2, 3, 4},
     "exact with: a pad before it | keras.layers.Conv1D(8, 8)"},
    {"a mirror, however long x is",
     R"json({"spec": "flax.linen.Conv(8, (61,), padding='REFLECT')", "weights": "zeros:61,4,8"})json",
     "pytorch",
     {},
     "exact | nn.Conv1d(4, 8, 61, padding=30, padding_mode='reflect')",
     "where x has fewer elements than (31,) along its spatial axes, pytorch does not pad it so "
     "far"},
    {"Keras 'causal' in PyTorch", "Conv1D(8, 3, dilation_rate=2, padding='causal')", "pytorch",
     Shape{1, 16, 4}, "exact with: a pad before it | nn.Conv1d(4, 8, 3, dilation=2)"},
    {"PyTorch 'same' of an even kernel",
     "nn.Conv2d(4, 8, 4, padding='same')",
     "keras",
     {},
     "exact | keras.layers.Conv2D(8, 4, padding='same')"},
    {"PyTorch padding with stride in Keras",
     "nn.Conv2d(4, 8, 3, stride=2, padding=1)",
     "keras",
     {},
     "exact with: a pad before it | keras.layers.Conv2D(8, 3, strides=2)",
     "padding='same' has the right shape and the wrong values: its windows start 1 too late"},
    {"a size that a padding of 'same' depends on, not given",
     R"json({"spec": "Conv2D(8, 3, strides=2, padding='same')", "weights": "zeros:3,3,4,8"})json",
     "pytorch",
     {},
     "error: what it pads depends on the input's length, and no pytorch layer does the same for "
     "all "
     "lengths"},
    {"channels not given",
     "Conv2D(8, 3)",
     "pytorch",
     {},
     "error: the number of input channels is not known"},
    {"its own framework",
     "nn.Conv1d(1, 1, 3)",
     "pytorch",
     {},
     "error: the layer is pytorch's own already"},
    {"an activation none has", "Conv1D(8, 3, activation='sparsemax')", "pytorch", Shape{1, 9, 4},
     "impossible: pytorch has no sparsemax: port the layer without its activation"},
};

TEST_CASE("port: what people ask, and what they get wrong") {
  for (const Row& row : kPains) {
    CAPTURE(row.name);
    const auto port = ported(row.spec, row.target, row.x);
    CHECK(summary(port) == row.expected);
    if (!port || port->layers[0].verdict == Verdict::Impossible) continue;
    CHECK(difference(*port) < 1e-12);
    if (row.note.empty()) continue;
    bool found = false;
    for (const std::string& note : port->layers[0].notes) found |= note.starts_with(row.note);
    CHECK(found);
  }
}

TEST_CASE("port: an output_size that counts the channels of an x without a batch axis") {
  for (const char* size : {"9", "[9]", "[3, 9]"}) {
    const std::string spec =
        "{\"framework\": \"pytorch\", \"layer\": \"ConvTranspose1d\", \"in_channels\": 2, "
        "\"out_channels\": 3, \"kernel_size\": 3, \"stride\": 4, \"output_size\": " +
        std::string(size) + "}";
    CAPTURE(spec);
    const auto port = ported(spec, "keras", Shape{2, 2});
    REQUIRE(port);
    CHECK(port->layers[0].verdict == Verdict::Exact);
    CHECK(difference(*port) == 0);
  }
}

TEST_CASE("port: ONNX's SAME_UPPER and SAME_LOWER are not one layer") {
  const auto lower = ported("onnx.ConvTranspose(strides=[2], auto_pad='SAME_LOWER')", "pytorch", {},
                            {"zeros:4,8,3"});
  CHECK(summary(lower) ==
        "exact | nn.ConvTranspose1d(4, 8, 3, stride=2, padding=1, output_padding=1, bias=False)");
  const auto upper = ported("onnx.ConvTranspose(strides=[2], auto_pad='SAME_UPPER')", "pytorch", {},
                            {"zeros:4,8,3"});
  CHECK(summary(upper) ==
        "exact with: a slice behind it | nn.ConvTranspose1d(4, 8, 3, stride=2, bias=False)");
}

TEST_CASE("port: a wrapped scatter and groups along the batch are written out") {
  for (const std::string target : {"pytorch", "keras", "onnx", "jax"}) {
    CAPTURE(target);
    const auto wrapped = ported("flax.linen.ConvTranspose(2, (4,), strides=3, padding='CIRCULAR')",
                                target, Shape{2, 5, 3});
    REQUIRE(wrapped);
    CHECK(wrapped->layers[0].verdict == Verdict::ExactWith);
    CHECK(difference(*wrapped) < 1e-12);
  }
  for (const std::string target : {"pytorch", "keras", "onnx", "flax"}) {
    CAPTURE(target);
    const auto groups = ported(
        "lax.conv_general_dilated(window_strides=(2,), padding=[(-1, 3)], lhs_dilation=(3,), "
        "batch_group_count=2)",
        target, Shape{4, 3, 7}, {"random:4,3,2:5"});
    REQUIRE(groups);
    CHECK(groups->layers[0].verdict == Verdict::ExactWith);
    CHECK(groups->layers[0].stages[0].branches == 2);
    CHECK(difference(*groups) < 1e-12);
    // One item a group: its strides are those of groups of channels.
    const auto single = ported(
        "lax.conv_general_dilated(window_strides=(1,), padding=[(3, 0)], "
        "lhs_dilation=(2,), batch_group_count=2)",
        target, Shape{2, 3, 1}, {"random:4,3,3:5"});
    REQUIRE(single);
    CHECK(single->layers[0].stages[0].branches == 2);
    CHECK(difference(*single) < 1e-12);
  }
}

std::string converted(const std::string& spec, const std::string& target, const std::string& w,
                      const std::optional<Shape>& x = {}) {
  const auto port = ported(spec, target, x, {w});
  REQUIRE_MESSAGE(port, (port ? "" : port.error().what));
  const auto tensors = port_tensors(port->chain.layers[0], port->layers[0], DType::Float32);
  REQUIRE(tensors);
  return tensors->conversions[0].expression + " " + io::json_array(tensors->weights[0]);
}

// The rows of the conversion table; arange, so that each element shows where it came from.
TEST_CASE("port: weights go to the target's axes") {
  const std::string forward = "arange:2,3,1,2";
  CHECK(converted("nn.Conv2d(3, 2, (1, 2))", "keras", forward) ==
        "w.transpose(2, 3, 1, 0) [[[[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]], [[1.0, 7.0], [3.0, 9.0], "
        "[5.0, 11.0]]]]");
  CHECK(converted("nn.Conv2d(3, 2, (1, 2))", "onnx", forward).starts_with("w [[[[0.0, 1.0]]"));
  CHECK(converted("nn.ConvTranspose1d(2, 3, 2)", "keras", "arange:2,3,2")
            .starts_with("w.transpose(2, 1, 0) [[[0.0, 6.0], [2.0, 8.0]"));
  CHECK(converted("nn.ConvTranspose1d(2, 3, 2)", "flax", "arange:2,3,2")
            .starts_with("w.transpose(2, 0, 1)[::-1] [[[1.0, 3.0, 5.0], [7.0, 9.0, 11.0]]"));
  CHECK(converted("nn.ConvTranspose1d(4, 2, 2, groups=2)", "jax", "arange:4,1,2")
            .starts_with("w.reshape(2, 2, 1, 2).transpose(3, 1, 0, 2)[::-1].reshape(2, 2, 2) "
                         "[[[1.0, 5.0], [3.0, 7.0]]"));
  CHECK(converted("nn.Conv1d(2, 4, 2, groups=2)", "keras", "arange:4,1,2") ==
        "w.reshape(4, 2).transpose(1, 0).reshape(2, 2, 2) [[[0.0, 2.0], [4.0, 6.0]], [[1.0, 3.0], "
        "[5.0, 7.0]]]");
  CHECK(converted("nn.Conv1d(4, 4, 2, groups=2)", "keras", "arange:4,2,2")
            .starts_with("w.transpose(2, 1, 0) [[[0.0, 4.0, 8.0, 12.0]"));
  CHECK(
      converted("DepthwiseConv1D(2, depth_multiplier=2)", "pytorch", "arange:2,2,2", Shape{1, 5, 2})
          .ends_with("[[[0.0, 4.0]], [[1.0, 5.0]], [[2.0, 6.0]], [[3.0, 7.0]]]"));
  CHECK(converted("Conv1DTranspose(3, 2)", "flax", "arange:2,3,2", Shape{1, 5, 2})
            .starts_with("w.transpose(0, 2, 1)[::-1] [[[6.0, 8.0, 10.0]"));
}

// A layer of each kind between all frameworks: what is said to be equal is.
TEST_CASE("port: both sides give the same values") {
  struct Source {
    std::string spec;
    Shape x;
    std::string weights;
  };
  const Source sources[] = {
      {"nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 3), groups=2)",
       {2, 4, 9, 8},
       "random:6,2,3,2:1"},
      {"nn.ConvTranspose3d(2, 4, 2, stride=(3, 1, 2), padding=1, output_padding=(2, 0, 1), "
       "groups=2)",
       {1, 2, 3, 4, 3},
       "random:2,2,2,2,2:1"},
      {"nn.ConvTranspose1d(2, 3, 1, stride=4, output_padding=3)", {1, 2, 5}, "random:2,3,1:1"},
      {"nn.Conv1d(2, 3, 4, padding=3, padding_mode='reflect', stride=2)",
       {1, 2, 9},
       "random:3,2,4:1"},
      {"Conv2DTranspose(3, (3, 4), strides=(2, 3), padding='same', output_padding=(0, 2))",
       {2, 4, 5, 2},
       "random:3,4,3,2:1"},
      {"Conv2D(4, 3, strides=3, padding='same', groups=2, data_format='channels_first', "
       "activation='glu')",
       {2, 4, 8, 10},
       "random:3,3,2,4:1"},
      {"DepthwiseConv2D((2, 3), strides=2, depth_multiplier=3, activation='elu')",
       {2, 7, 8, 2},
       "random:2,3,2,3:1"},
      {"onnx.Conv(auto_pad='SAME_LOWER', strides=[4, 2])", {2, 2, 9, 7}, "random:3,2,2,3:1"},
      {"onnx.ConvTranspose(output_shape=[12], strides=[3])", {1, 2, 4}, "random:2,3,2:1"},
      {"lax.conv_transpose(strides=(2, 2), padding=[(-1, 4), (3, 0)], transpose_kernel=True)",
       {1, 4, 5, 2},
       "random:2,3,3,2:1"},
      {"lax.conv_general_dilated(window_strides=(2, 1), padding=[(1, -1), (0, 4)], "
       "lhs_dilation=(3, "
       "2), dimension_numbers=('CWNH', 'HOWI', 'WNCH'), "
       "feature_group_count=2)",
       {4, 5, 2, 6},
       "random:2,6,3,2:1"},
      {"nn.Conv(4, (3,), strides=2, padding='REFLECT')", {2, 8, 3}, "random:3,3,4:1"},
      {"nn.Conv(4, (2,), padding=3, input_dilation=2)", {2, 8, 3}, "random:2,3,4:1"},
  };
  int checked = 0;
  for (const Source& source : sources) {
    for (const std::string target : {"pytorch", "keras", "onnx", "jax", "flax"}) {
      CAPTURE(source.spec);
      CAPTURE(target);
      const auto port = ported(source.spec, target, source.x, {source.weights});
      if (!port) {
        CHECK(port.error().what == "the layer is " + target + "'s own already");
        continue;
      }
      REQUIRE(port->layers[0].verdict != Verdict::Impossible);
      CHECK(difference(*port) < 1e-12);
      ++checked;
    }
  }
  CHECK(checked == 13 * 4);
}

TEST_CASE("port: a chain goes layer by layer, and keeps the order of its axes") {
  const auto port = ported(
      "Sequential([Conv2D(4, 3, padding='same', activation='relu'), "
      "Conv2DTranspose(2, 3, strides=2, padding='same')])",
      "pytorch", Shape{1, 8, 8, 3});
  REQUIRE(port);
  CHECK(difference(*port) < 1e-12);
  std::vector<frameworks::CodeLayer> code;
  for (const auto& layer : port->layers) code.push_back({.layer = &layer});
  CHECK(frameworks::port_code(**frameworks::framework_named("pytorch"), code) ==
        "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n"
        "layer0 = nn.Conv2d(3, 4, 3, padding=1)\n"
        "layer1 = nn.ConvTranspose2d(4, 2, 3, stride=2)\n\n"
        "def ported(x):  # (N, C, H, W)\n"
        "    x = layer0(x)\n    x = F.relu(x)\n    x = layer1(x)\n    x = x[:, :, :-1, :-1]\n"
        "    return x\n");
}

}  // namespace
}  // namespace tconv::batch
