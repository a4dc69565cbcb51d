// The same words by several frameworks' rules: --as, and names that no framework owns.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "program.hpp"

namespace tconv::tests {
namespace answers_test {

const std::string kTensors = " -x [1,2,3] -w [1,10,100]";

TEST_CASE("--as: both shapes, the largest difference, and exit 1 where they differ") {
  CHECK(output_of(
            {.line = "run 'onnx.ConvTranspose(strides=[2], pads=[1, 1])' --as torch" + kTensors}) ==
        "onnx     (5,)\npytorch  (5,)\nequal: largest difference 0\n");
  const Ending shifted = run_tconv(
      {.line = "run 'Conv1DTranspose(1, 3, strides=2, padding=\"SAME\")' --as jax" + kTensors});
  CHECK(shifted.exit_code == 1);
  CHECK(shifted.output == "keras    (6,)\njax      (6,)\ndiffer: largest difference 99\n");
  const Ending refused =
      run_tconv({.line = "run 'nn.Conv1d(1, 1, 3, padding=1, bias=False)' --as keras" + kTensors});
  CHECK(refused.exit_code == 1);
  CHECK(refused.output ==
        "pytorch  (3,)\nkeras    refused: padding = 1 must be 'valid' or 'same'\n");
}

TEST_CASE("--as: four spatial axes, which ONNX Runtime computes and PyTorch does not") {
  const std::string line =
      "run 'lax.conv(x, w, (2, 1, 1, 1), \"VALID\")' -x arange:1,1,3,2,1,2 -w ones:1,1,2,1,1,2 "
      "--as ";
  CHECK(output_of({.line = line + "onnx"}) ==
        "jax      (1, 1, 1, 2, 1, 1)\nonnx     (1, 1, 1, 2, 1, 1)\n"
        "equal: largest difference 0\n");
  const Ending refused = run_tconv({.line = line + "pytorch"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.output.find("pytorch  refused: 'conv4d' is not a convolution layer of pytorch") !=
        std::string::npos);
}

TEST_CASE("--as: --json says the same") {
  const Ending ending = run_tconv(
      {.line = "run 'nn.Conv1d(1, 1, 3, padding=1, bias=False)' --as keras --json" + kTensors});
  const auto object = nlohmann::json::parse(ending.output);
  CHECK(ending.exit_code == 1);
  CHECK(object["schema"] == 1);
  CHECK(object["shape"] == nlohmann::json({3}));
  CHECK(object["as"]["framework"] == "keras");
  CHECK(object["as"]["equal"] == false);
  CHECK(object["as"]["refusal"] == "padding = 1 must be 'valid' or 'same'");
}

TEST_CASE("--as: a chain, or an unknown framework, is refused") {
  CHECK(first_line(refusal_of({.line = "run 'Conv1d' --as pytroch" + kTensors})) ==
        "exit 2: tconv: error: unknown framework 'pytroch' (did you mean \"pytorch\"?)");
}

TEST_CASE("a neutral name is refused with what each framework would answer") {
  CHECK(
      refusal_of({.line = "run conv1d" + kTensors}) ==
      "exit 2: tconv: error: 'conv1d' is no framework's own name for a layer, and each would mean "
      "something else by it (layouts, padding, crops)\n"
      "  pytorch  (1,)\n"
      "  keras    (1,), values of pytorch\n"
      "  onnx     (1,), values of pytorch\n"
      "  jax      refused: padding is not given\n"
      "  flax     (3,)\n"
      "  hint: say which: --framework pytorch or --framework keras or --framework onnx or "
      "--framework jax or --framework flax\n");
}

}  // namespace answers_test
}  // namespace tconv::tests
