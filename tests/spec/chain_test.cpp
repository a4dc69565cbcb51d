// SPEC as a printed module, or as code that builds a chain.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "spec/spec.hpp"
#include "spec_text.hpp"

namespace tconv::spec {
namespace {

struct Row {
  std::string name;
  std::string text;
  std::string expected;
};

// The PyTorch rows are what torch 1.13 and 2 print.
const Row kPrinted[] = {
    {"one module",
     "Conv2d(4, 6, kernel_size=(3, 5), stride=(1, 1), padding=same, dilation=(1, 2), groups=2, "
     "bias=False, padding_mode=circular)",
     "Conv2d(4, 6, kernel_size=[3, 5], stride=[1, 1], padding=same, dilation=[1, 2], groups=2, "
     "bias=False, padding_mode=circular)"},
    {"1-tuples", "Conv1d(1, 1, kernel_size=(3,), stride=(1,))",
     "Conv1d(1, 1, kernel_size=[3], stride=[1])"},
    {"a numbered line", "  (0): Conv2d(1, 1, kernel_size=(3, 3), stride=(1, 1))",
     "Conv2d(1, 1, kernel_size=[3, 3], stride=[1, 1])"},
    {"a named line", "(conv1): Conv2d(1, 1, 3)", "Conv2d(1, 1, 3)"},
    {"a line of a dotted name", "(layer1.0.conv-1): Conv2d(1, 1, 3)", "Conv2d(1, 1, 3)"},
    {"several lines", "  (0): Conv2d(1, 1, 3)\n  (1): ReLU(inplace=True)\n",
     "Conv2d(1, 1, 3)\nReLU(inplace=True)"},
    {"Sequential",
     "Sequential(\n"
     "  (0): ConvTranspose2d(1, 1, kernel_size=(2, 2), stride=(3, 3), bias=False)\n"
     "  (1): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
     "  (2): ReLU()\n"
     ")",
     "ConvTranspose2d(1, 1, kernel_size=[2, 2], stride=[3, 3], bias=False)\n"
     "BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n"
     "ReLU()"},
    {"Sequential with its line breaks lost",
     "Sequential( (0): Conv2d(1, 1, 3) (1): ReLU() (2): Conv2d(1, 1, 1) )",
     "Conv2d(1, 1, 3)\nReLU()\nConv2d(1, 1, 1)"},
    {"a class of one's own, nested",
     "Generator(\n"
     "  (main): Sequential(\n"
     "    (0): ConvTranspose2d(100, 512, kernel_size=(4, 4), stride=(1, 1), bias=False)\n"
     "    (1): ReLU(inplace=True)\n"
     "  )\n"
     "  (tail): ModuleList(\n"
     "    (0-1): 2 x Conv2d(1, 1, kernel_size=(3, 3), stride=(1, 1))\n"
     "  )\n"
     "  (downsample): None\n"
     "  (empty): Sequential()\n"
     "  (act): Tanh()\n"
     ")",
     "ConvTranspose2d(100, 512, kernel_size=[4, 4], stride=[1, 1], bias=False)\n"
     "ReLU(inplace=True)\n"
     "Conv2d(1, 1, kernel_size=[3, 3], stride=[1, 1])\n"
     "Conv2d(1, 1, kernel_size=[3, 3], stride=[1, 1])\n"
     "Tanh()"},
    {"repeated blocks",
     "ModuleList(\n  (0-1): 2 x Block(\n    (a): Conv2d(1, 1, 3)\n    (b): ReLU()\n  )\n)",
     "Conv2d(1, 1, 3)\nReLU()\nConv2d(1, 1, 3)\nReLU()"},
    {"a layer with children of its own",
     "Conv2d(\n  3, 64, kernel_size=(7, 7)\n  (norm): BatchNorm2d(64)\n)",
     "Conv2d(3, 64, kernel_size=[7, 7])\nBatchNorm2d(64)"},
    {"words with a dash, of old releases", "Upsample(scale_factor=2.0, mode=nearest-exact)",
     "Upsample(scale_factor=2.0, mode=nearest-exact)"},
    {"space before the bracket, of old releases",
     "Sequential (\n  (0): Conv2d (1, 1, kernel_size=(3, 3))\n  (1): ReLU (inplace)\n)",
     "Conv2d(1, 1, kernel_size=[3, 3])\nReLU(inplace)"},
    {"flax linen",
     "Conv(\n"
     "    # attributes\n"
     "    features = 8\n"
     "    kernel_size = (3, 3)\n"
     "    strides = 1\n"
     "    padding = 'SAME'\n"
     "    mask = None\n"
     "    param_dtype = float32\n"
     "    kernel_init = init\n"
     ")",
     "Conv(features=8, kernel_size=[3, 3], strides=1, padding='SAME', mask=None, "
     "param_dtype=float32, kernel_init=init)"},
    {"flax linen Sequential",
     "Sequential(\n    # attributes\n    layers = [Conv(\n        # attributes\n"
     "        features = 8\n        kernel_size = (3, 3)\n    ), relu]\n)",
     "Conv(features=8, kernel_size=[3, 3])\nrelu()"},
    {"flax nnx",
     "Conv( # Param: 80 (320 B)\n  kernel_size=(3, 3),\n  padding='SAME',\n"
     "  kernel_init=<function variance_scaling.<locals>.init at 0x7f>\n)",
     "Conv(kernel_size=[3, 3], padding='SAME', "
     "kernel_init=<function variance_scaling.<locals>.init at 0x7f>)"},
};

const Row kCode[] = {
    {"nn.Sequential", "nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 5))",
     "nn.Conv2d(1, 1, 3)\nnn.Conv2d(1, 1, 5)"},
    {"assigned, nested, trailing comma",
     "self.net = nn.Sequential(\n    nn.Conv2d(1, 1, 3),\n    nn.Sequential(nn.ReLU()),\n)",
     "nn.Conv2d(1, 1, 3)\nnn.ReLU()"},
    {"keras.Sequential",
     "keras.Sequential([layers.Conv2D(1, 3), layers.Conv2DTranspose(1, 3)], name='net')",
     "layers.Conv2D(1, 3)\nlayers.Conv2DTranspose(1, 3)"},
    {"keras.Sequential by name", "keras.models.Sequential(layers=[layers.Conv2D(1, 3)])",
     "layers.Conv2D(1, 3)"},
    {"Keras inputs are no layers",
     "keras.Sequential([keras.Input(shape=(28, 28, 1)), layers.InputLayer((4,)), "
     "layers.Conv2D(1, 3)])",
     "layers.Conv2D(1, 3)"},
    {"OrderedDict",
     "nn.Sequential(OrderedDict([('conv1', nn.Conv2d(1, 20, 5)), ('relu1', nn.ReLU())]))",
     "nn.Conv2d(1, 20, 5)\nnn.ReLU()"},
    {"ModuleDict", "nn.ModuleDict({'a': nn.Conv2d(1, 1, 3), 'b': nn.ReLU()})",
     "nn.Conv2d(1, 1, 3)\nnn.ReLU()"},
    {"functions as layers", "nn.Sequential([nn.Conv(8, (3, 3)), nn.relu])",
     "nn.Conv(8, [3, 3])\nnn.relu()"},
    {"a list", "[nn.Conv2d(1, 1, 3), nn.ReLU()]", "nn.Conv2d(1, 1, 3)\nnn.ReLU()"},
    {"a script",
     "model = keras.Sequential()\n"
     "model.add(keras.Input(shape=(4, 4, 1)))\n"
     "model.add(layers.Conv2D(1, 3))\n"
     "\n"
     "model.add(layers.Conv2DTranspose(1, 3)); model.add(layers.ReLU())\n",
     "layers.Conv2D(1, 3)\nlayers.Conv2DTranspose(1, 3)\nlayers.ReLU()"},
    {"an __init__",
     "self.conv1 = nn.Conv2d(1, 1, 3)\nself.act = nn.ReLU()\nself.conv2 = nn.Conv2d(1, 1, 1)",
     "nn.Conv2d(1, 1, 3)\nnn.ReLU()\nnn.Conv2d(1, 1, 1)"},
};

TEST_CASE("printed modules are read, and opened where they hold others") {
  for (const Row& row : kPrinted) {
    CAPTURE(row.name);
    CHECK(text_of(parse_spec(row.text)) == row.expected);
  }
}

TEST_CASE("code that builds a chain gives its layers in order") {
  for (const Row& row : kCode) {
    CAPTURE(row.name);
    CHECK(text_of(parse_spec(row.text)) == row.expected);
  }
}

TEST_CASE("a layer of a chain has its own call as its source") {
  const Result<Spec> spec = parse_spec("nn.Sequential(nn.ReLU(),\n nn.Conv2d(1, (2, 3), k=4)(x))");
  REQUIRE(spec);
  REQUIRE(spec->layers.size() == 2);
  const Layer& layer = spec->layers[1].layer;
  CHECK(layer.source == "nn.Conv2d(1, (2, 3), k=4)(x)");
  CHECK(layer.offset == 3);
  CHECK(layer.arguments[1].offset == 13);
  CHECK(layer.arguments[1].value.items[1].offset == 17);
  CHECK(layer.arguments[2].offset == 21);
  CHECK(layer.arguments[2].value.offset == 23);
}

TEST_CASE("a chain of ten thousand layers is read, a longer one refused before it is built") {
  const auto repeated = [](const std::string& count) {
    return parse_spec("(0): " + count + " x Sequential((0): Conv2d(1, 1, 3))");
  };
  const Result<Spec> longest = repeated("10000");
  REQUIRE(longest);
  CHECK(longest->layers.size() == 10'000);
  CHECK(text_of(repeated("10001")) == "error: more than 10000 layers");
  CHECK(text_of(repeated("9223372036854775807")) == "error: more than 10000 layers");
  // Nothing, however often, is nothing.
  CHECK(text_of(parse_spec("(0): 999999999 x Sequential((0): 999999999 x Sequential())\nReLU")) ==
        "ReLU()");
}

}  // namespace
}  // namespace tconv::spec
