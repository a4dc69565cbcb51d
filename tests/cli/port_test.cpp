// tconv port: what it prints, writes and refuses.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace port_test {

using nlohmann::json;

const std::string kUp =
    R"(port 'Conv2DTranspose(1, 3, strides=2, padding="same", use_bias=False)' --input-shape 1,2,2,1)";

TEST_CASE("port: the code is on stdout, and what else is to be known stands above it") {
  CHECK(output_of({.line = kUp + " --to pytorch --verify"}) ==
        "# exact with a slice behind it: Conv2DTranspose(1, 3, strides=2, padding='same', "
        "use_bias=False) (keras) in pytorch\n"
        "#   x is (N, C, H, W) here: x.transpose(0, 3, 1, 2), and y.transpose(0, 2, 3, 1) is y "
        "there\n"
        "#   weights (3, 3, 1, 1) to (1, 1, 3, 3): w.transpose(2, 3, 0, 1)\n"
        "#   note: padding=1, output_padding=1 has the right shape and the wrong values: its y "
        "starts 1 too late along H and 1 too late along W\n"
        "# verified: largest difference 0 on random x (1, 2, 2, 1)\n"
        "import torch\n"
        "from torch import nn\n\n"
        "layer = nn.ConvTranspose2d(1, 1, 3, stride=2, bias=False)\n\n"
        "def ported(x):  # (N, C, H, W)\n"
        "    x = layer(x)\n"
        "    x = x[:, :, :-1, :-1]\n"
        "    return x\n");
  CHECK(output_of({.line = kUp + " --to onnx --quiet"}) == "exact\n");
}

TEST_CASE("port: weights and bias are written, and the code reads them") {
  const TemporaryFolder folder;
  const std::string line = "port 'nn.Conv1d(2, 1, 2)' --to keras -w '[[[1, 2], [3, 4]]]' -b '[5]' ";
  const std::string text =
      output_of({.line = line + "-o w.npy --bias-out b.npy", .folder = folder.path()});
  CHECK(text.find("layer.kernel.assign(numpy.load(\"w.npy\"))") != std::string::npos);
  for (const std::string same : {"w.npy '[[[1], [3]], [[2], [4]]]'", "b.npy '[5]'"}) {
    CHECK(run_tconv({.line = "diff " + same, .folder = folder.path()}).exit_code == 0);
  }
  CHECK(first_line(refusal_of({.line = line + "-o w.json"})) ==
        "exit 2: tconv: error: -o w.json: the code reads it with numpy.load");
  CHECK(first_line(refusal_of({.line = line + "-o v.npy --bias-out v.npy"})) ==
        "exit 2: tconv: error: --bias-out v.npy is given twice");
}

TEST_CASE("port: --json is one object") {
  const json answer = json::parse(output_of({.line = kUp + " --to pytorch --json --verify"}));
  CHECK(answer["schema"] == 1);
  CHECK(answer["verdict"] == "exact with");
  CHECK(answer["layers"][0]["stages"][0]["layer"] ==
        "nn.ConvTranspose2d(1, 1, 3, stride=2, bias=False)");
  CHECK(answer["layers"][0]["stages"][0]["steps"]["slices"][1]["end"] == 1);
  CHECK(answer["layers"][0]["x_transpose"] == json({0, 3, 1, 2}));
  CHECK(answer["verify"]["equal"] == true);
  CHECK(answer["code"].get<std::string>().find("x[:, :, :-1, :-1]") != std::string::npos);
}

TEST_CASE("port: an answer of no is exit 1") {
  CHECK(run_tconv({.line = kUp + " --to pytorch --exact"}).exit_code == 1);
  CHECK(run_tconv({.line = kUp + " --to onnx --exact"}).exit_code == 0);
  const Ending impossible =
      run_tconv({.line = "port 'nn.ConvTranspose2d(1, 1, 3, stride=2, dilation=2)' --to keras"});
  CHECK(impossible.exit_code == 1);
  CHECK(impossible.output ==
        "# impossible: ConvTranspose2d(1, 1, 3, stride=2, dilation=2) (pytorch) in keras\n"
        "#   Keras refuses strides = (2, 2) together with dilation_rate = (2, 2): one of them must "
        "be 1 on every axis\n");
}

TEST_CASE("port: a request that cannot be answered") {
  const std::string spec = "port 'nn.Conv1d(1, 1, 2)' ";
  CHECK(first_line(refusal_of({.line = spec})) == "exit 2: tconv: error: no framework is given");
  CHECK(first_line(refusal_of({.line = spec + "--to torhc"})) ==
        "exit 2: tconv: error: unknown framework 'torhc'");
  CHECK(first_line(refusal_of({.line = spec + "--to pytorch"})) ==
        "exit 2: tconv: error: Conv1d(1, 1, 2) (pytorch): the layer is pytorch's own already");
  CHECK(first_line(refusal_of({.line = spec + "--to scipy"})) ==
        "exit 2: tconv: error: scipy: has functions and no layers: nothing to port to");
  CHECK(first_line(refusal_of({.line = spec + "--to keras -o w.npy"})) ==
        "exit 2: tconv: error: -o w.npy: there are 0 such tensors to convert");
  CHECK(
      first_line(refusal_of({.line = spec + "--to keras -w '[1, 2, 3]'"})) ==
      "exit 3: tconv: error: [1, 2, 3]: weights (3,) read as (out, in/groups, k) have kernel_size "
      "(3,), the layer says (2,)");
  CHECK(
      first_line(refusal_of({.line = "port 'Conv2D(8, 3, strides=2, padding=\"same\")' --to "
                                     "pytorch -w zeros:3,3,4,8"})) ==
      "exit 2: tconv: error: Conv2D(8, 3, strides=2, padding='same') (keras): what it pads depends "
      "on the input's length, and no pytorch layer does the same for all lengths");
}

TEST_CASE("port: an input is never overwritten, and nothing is written where it is impossible") {
  const TemporaryFolder folder;
  REQUIRE(run_tconv({.line = "run 'nn.Conv1d(1, 1, 1)' -x '[1, 2]' -w '[1]' -o w.npy",
                     .folder = folder.path()})
              .exit_code == 0);
  CHECK(
      first_line(refusal_of({.line = "port Conv1d --framework pytorch --to keras -w w.npy -o w.npy",
                             .folder = folder.path()})) ==
      "exit 2: tconv: error: -o w.npy is also an input (w.npy)");
  CHECK(run_tconv({.line = "port 'nn.ConvTranspose1d(1, 1, 2, stride=2, dilation=2)' --to keras -w "
                           "'[1, 2]' -o v.npy",
                   .folder = folder.path()})
            .exit_code == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "v.npy"));
}

std::string last_lines(const std::string& text, int count) {
  std::size_t at = text.size() - 1;
  for (int i = 0; i < count && at != std::string::npos; ++i) at = text.rfind('\n', at - 1);
  return text.substr(at + 1);
}

TEST_CASE("port: x is padded further than the target's own function pads, and only then cut") {
  const std::string mirrors = "port 'nn.Conv(1, (6, 1), padding=\"REFLECT\", use_bias=False)' ";
  CHECK(last_lines(output_of({.line = mirrors + "--input-shape 1,2,9,1 --to pytorch"}), 3) ==
        "    x = x[:, :, numpy.pad(numpy.arange(x.shape[2]), (2, 3), mode=\"reflect\")]\n"
        "    x = layer(x)\n"
        "    return x\n");
  const std::string wraps = "port 'nn.Conv(1, (6,), padding=\"CIRCULAR\", use_bias=False)' ";
  CHECK(output_of({.line = wraps + "--input-shape 1,2,1 --to onnx"})
            .find("c0 = Constant <value_ints = [0, 1, 0, 1, 0, 1, 0]> ()\n"
                  "  t1 = Gather <axis = 2> (X, c0)\n") != std::string::npos);
  const std::string cuts = "port 'nn.Conv(1, (2,), padding=((-2, 4),), use_bias=False)' ";
  CHECK(last_lines(output_of({.line = cuts + "--input-shape 1,1,1 --to pytorch"}), 4) ==
        "    x = F.pad(x, (0, 4))\n"
        "    x = x[:, :, 2:]\n"
        "    x = layer(x)\n"
        "    return x\n");
  const json answer = json::parse(
      output_of({.line = wraps + "-w zeros:6,1,1 --framework flax --to pytorch --json"}));
  CHECK(answer["layers"][0]["least_input_lengths"] == json({3}));
}

TEST_CASE("port: what a SPEC holds stays within its comment") {
  const std::string text = output_of(
      {.line = R"(port 'Conv1D(1, 2, name="a\nimport os")' --to onnx --input-shape 1,4,1)"});
  CHECK(text.find("\nimport os") == std::string::npos);
}

}  // namespace port_test
}  // namespace tconv::tests
