// Every form in which a layer, or a chain of layers, can be said on a command line.
#include <doctest/doctest.h>

#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace spec_test {

struct Row {
  std::string name;
  std::string spec;
};

const std::string kTensors = " -x arange:4,4 -w ones:2,2 -q";

// One layer with a kernel of 2x2 and a stride of 2, which sums the four quarters of a 4x4 input.
const Row kSameLayer[] = {
    {"a call as in a program", "nn.Conv2d(1, 1, 2, stride=2, bias=False)"},
    {"the whole module, by position", "torch.nn.Conv2d(1, 1, 2, 2, bias=False)"},
    {"no module, by keyword",
     "Conv2d(in_channels=1, out_channels=1, kernel_size=2, stride=2, bias=False)"},
    {"the functional form", "F.conv2d(x, w, stride=2)"},
    {"the functional form by position", "torch.nn.functional.conv2d(x, w, None, 2)"},
    {"a printed module", "Conv2d(1, 1, kernel_size=(2, 2), stride=(2, 2), bias=False)"},
    {"a line of a printed list",
     "(0): Conv2d(1, 1, kernel_size=(2, 2), stride=(2, 2), bias=False)"},
    {"a printed Sequential of one",
     "Sequential(\n  (0): Conv2d(1, 1, kernel_size=(2, 2), stride=(2, 2), bias=False)\n)"},
    {"a Keras call", R"(keras.layers.Conv2D(1, (2, 2), strides=(2, 2), padding="valid"))"},
    {"a tf.keras call by position", "tf.keras.layers.Conv2D(1, 2, 2, use_bias=False)"},
    {"a Keras call with what does not matter here",
     R"(Conv2D(1, 2, strides=2, input_shape=(4, 4, 1), name="c", kernel_initializer="ones"))"},
    {"JSON in PyTorch's words",
     R"({"framework": "pytorch", "layer": "Conv2d", "kernel_size": 2, "stride": 2})"},
    {"JSON in Keras's words",
     R"({"framework": "keras", "layer": "Conv2D", "kernel_size": [2, 2], "strides": 2})"},
    {"to_json() of a Keras layer",
     R"({"module": "keras.layers", "class_name": "Conv2D", "config": {"name": "conv2d",
         "trainable": true, "filters": 1, "kernel_size": [2, 2], "strides": [2, 2],
         "padding": "valid", "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1,
         "activation": "linear", "use_bias": false}, "registered_name": null,
         "build_config": {"input_shape": [null, 4, 4, 1]}})"},
};

TEST_CASE("SPEC: every way of saying one layer gives the same result") {
  for (const Row& row : kSameLayer) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "run '" + row.spec + "'" + kTensors}) == "[[10. 18.]\n [42. 50.]]\n");
  }
}

TEST_CASE("SPEC: a bare name, completed by flags") {
  for (const std::string spec :
       {"Conv2d", "Conv2D", "conv2d --framework pytorch", "conv2d --framework tf"}) {
    CAPTURE(spec);
    CHECK(output_of({.line = "run " + spec + " --stride 2" + kTensors}) ==
          "[[10. 18.]\n [42. 50.]]\n");
  }
}

TEST_CASE("SPEC: a printed padding=same has no quotes") {
  CHECK(output_of({.line = "shape 'Conv2d(1, 1, kernel_size=(3, 3), stride=(1, 1), padding=same)' "
                           "--input-shape 1,1,5,5 -q"}) == "(1, 1, 5, 5)\n");
}

const std::string kPrintedModel =
    "Sequential(\n"
    "  (0): Conv2d(1, 1, kernel_size=(2, 2), stride=(2, 2), bias=False)\n"
    "  (1): ConvTranspose2d(1, 1, kernel_size=(2, 2), stride=(2, 2), bias=False)\n"
    ")\n";
const std::string kKerasModel = R"({"module": "keras", "class_name": "Sequential", "config": {
  "name": "sequential", "trainable": true, "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "config": {
       "batch_shape": [null, 4, 4, 1], "dtype": "float32", "name": "input"}},
    {"module": "keras.layers", "class_name": "Conv2D", "config": {"name": "down", "filters": 1,
       "kernel_size": [2, 2], "strides": [2, 2], "use_bias": false}},
    {"module": "keras.layers", "class_name": "Conv2DTranspose", "config": {"name": "up",
       "filters": 1, "kernel_size": [2, 2], "strides": [2, 2], "use_bias": false}}]},
  "registered_name": null})";
const std::string kChain = R"json({"layers": [
  {"spec": "nn.Conv2d(1, 1, 2, stride=2, bias=False)", "weights": "w.npy"},
  {"framework": "pytorch", "layer": "ConvTranspose2d", "kernel_size": 2, "stride": 2,
   "weights": [[1, 2], [3, 4]], "bias": [0]}]})json";

// Each quarter's sum, times the kernel [[1, 2], [3, 4]].
const std::string kThroughBoth =
    "[[ 10.  20.  18.  36.]\n"
    " [ 30.  40.  54.  72.]\n"
    " [ 42.  84.  50. 100.]\n"
    " [126. 168. 150. 200.]]\n";
const std::string kTwoWeights = " -x arange:4,4 -w ones:2,2 -w [[1,2],[3,4]] -q";

TEST_CASE("SPEC: a chain runs layer after layer, with -w for each") {
  const Row rows[] = {
      {"a printed Sequential", kPrintedModel},
      {"a Sequential as code",
       "nn.Sequential(nn.Conv2d(1, 1, 2, 2, bias=False), "
       "nn.ConvTranspose2d(1, 1, 2, 2, bias=False))"},
      {"to_json() of a Keras Sequential", kKerasModel},
      {"a JSON list of SPECs",
       R"json({"layers": ["Conv2D(1, 2, 2)", {"layer": "Conv2DTranspose", "strides": 2}]})json"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "run '" + row.spec + "'" + kTwoWeights}) == kThroughBoth);
  }
}

TEST_CASE("SPEC: a file of any form, or standard input") {
  const TemporaryFolder folder;
  put_file(folder / "layer.json", R"({"layer": "Conv2d", "stride": 2})");
  put_file(folder / "layer.txt", "nn.Conv2d(1, 1, 2, stride=2)\n");
  put_file(folder / "model.txt", kPrintedModel);
  put_file(folder / "model.json", kKerasModel);
  for (const std::string file : {"layer.json", "./layer.txt"}) {
    CAPTURE(file);
    CHECK(output_of({.line = "run " + file + kTensors, .folder = folder.path()}) ==
          "[[10. 18.]\n [42. 50.]]\n");
  }
  for (const std::string file : {"model.txt", "model.json"}) {
    CAPTURE(file);
    CHECK(output_of({.line = "run " + file + kTwoWeights, .folder = folder.path()}) ==
          kThroughBoth);
  }
  for (const std::string& text : {kPrintedModel, kKerasModel}) {
    CHECK(output_of({.line = "run -" + kTwoWeights, .input = text}) == kThroughBoth);
  }
}

TEST_CASE("SPEC: a chain's weights are paths relative to its file, or values") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "net");
  put_file(folder / "net/chain.json", kChain);
  put_file(folder / "w.npy", "not this one");
  REQUIRE(output_of({.line = "run Conv2d -x ones:2,2 -w [[1]] -o net/w.npy -q",
                     .folder = folder.path()}) == "");
  CHECK(output_of({.line = "run net/chain.json -x arange:4,4 -q", .folder = folder.path()}) ==
        kThroughBoth);
}

TEST_CASE("SPEC: too few or too many weights for a chain, or flags, are refused") {
  const std::string model = "run '" + kPrintedModel + "'";
  CHECK(first_line(refusal_of({.line = model + " -x arange:4,4 -w ones:2,2"})) ==
        "exit 2: tconv: error: layer 1: ConvTranspose2d: no weights are given");
  CHECK(first_line(refusal_of({.line = model + kTwoWeights + " -w ones:7,7"})) ==
        "exit 2: tconv: error: -w ones:7,7 is more than the layers of the SPEC take");
  CHECK(first_line(refusal_of({.line = model + kTwoWeights + " --stride 3"})) ==
        "exit 2: tconv: error: --stride needs a SPEC of one layer, this one has 2");
}

}  // namespace spec_test
}  // namespace tconv::tests
