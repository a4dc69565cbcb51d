// tconv solve: from sizes to layers.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "../support/sanitized.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace solve_test {

using nlohmann::json;

TEST_CASE("solve: a table for each framework, most usual first, with what it leaves open") {
  CHECK(output_of({.line = "solve --from 44 --to 89 --framework pytorch,keras --limit 2"}) ==
        "44 -> 89 along 2 axes\n"
        "pytorch: 2 of 15 layers\n"
        "  nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, output_padding=1)  crop 1:0  "
        "output_padding reaches 88, 89\n"
        "  nn.ConvTranspose2d(1, 1, 3, stride=2)                               crop 0:0  "
        "output_padding reaches 89, 90; checkerboard: kernel 3 is no multiple of stride 2\n"
        "keras: 2 of 3 layers\n"
        "  keras.layers.Conv2DTranspose(1, 3, strides=2, padding='valid')                    crop "
        "0:0  output_padding reaches 89, 90; checkerboard: kernel 3 is no multiple of stride 2\n"
        "  keras.layers.Conv2DTranspose(1, 3, strides=2, padding='valid', output_padding=0)  crop "
        "0:0  output_padding reaches 89, 90; checkerboard: kernel 3 is no multiple of stride 2\n");
  CHECK(output_of({.line = "solve --from 224 --to 14 --framework torch --limit 2"}) ==
        "224 -> 14 along 2 axes\n"
        "pytorch: 2 of 92 layers\n"
        "  nn.Conv2d(1, 1, 16, stride=16)                   pad 0:0  inputs 224..239 give 14\n"
        "  nn.Conv2d(1, 1, 16, stride=16, padding='valid')  pad 0:0  inputs 224..239 give 14\n");
}

// The size that --input-shape must have for the layer of a framework.
std::string input_shape(const std::string& framework, const std::string& layer, int size) {
  const std::string n = std::to_string(size);
  if (framework == "scipy") return n + ',' + n;
  const bool first = framework == "pytorch" || framework == "onnx" ||
                     layer.find("conv_general_dilated") != std::string::npos;
  return first ? "1,3," + n + ',' + n : "1," + n + ',' + n + ",3";
}

TEST_CASE("solve: every layer to paste is a SPEC whose shape is the wanted one") {
  const std::string limit = kSanitized ? "2" : "6";
  for (const std::string framework : {"pytorch", "keras", "onnx", "jax", "flax", "scipy"}) {
    for (const auto& [from, to] : {std::pair(9, 18), {9, 19}, {9, 5}, {9, 9}}) {
      if (framework == "scipy" && to > 9) continue;
      const Ending ending =
          run_tconv({.line = "solve --format layers --channels 3,4 --limit " + limit + " --from " +
                             std::to_string(from) + " --to " + std::to_string(to) +
                             " --framework " + framework});
      CAPTURE(framework);
      CAPTURE(to);
      REQUIRE(ending.exit_code == 0);
      std::istringstream lines(ending.output);
      std::string line;
      int count = 0;
      while (std::getline(lines, line)) {
        CAPTURE(line);
        std::string quoted = line;
        for (char& c : quoted) c = c == '\'' ? '"' : c;
        std::string shape =
            "shape '" + quoted + "' -q --input-shape " + input_shape(framework, line, from);
        const bool needs_weights =
            framework != "pytorch" && framework != "keras" && framework != "flax";
        if (needs_weights) {
          const std::string word = framework == "onnx" ? "kernel_shape=[" : "# kernel ";
          const std::string kernel =
              std::to_string(std::stoi(line.substr(line.find(word) + word.size())));
          const std::string k = kernel + ',' + kernel;
          const bool transposed = line.find("ranspose") != std::string::npos;
          shape += " -w ones:" + (framework == "scipy" ? k
                                  : framework == "onnx" || !transposed
                                      ? (transposed ? "3,4," : "4,3,") + k
                                      : k + ",3,4");
        }
        const std::string n = std::to_string(to);
        CHECK(output_of({.line = shape}).find(n + ", " + n) != std::string::npos);
        ++count;
      }
      CHECK(count > 0);
    }
  }
}

TEST_CASE("solve: --json has every layer's numbers, and says how many there are") {
  const json object = json::parse(output_of(
      {.line = "solve --from 7x9 --to 14x9 --kernel-size 3 --framework keras --limit 1 --json "
               "--transposed --padding same"}));
  CHECK(object["schema"] == 1);
  CHECK(object["command"] == "solve");
  CHECK(object["from"] == json({{7, 9}}));
  CHECK(object["to"] == json({{14, 9}}));
  CHECK(object["complete"] == true);
  CHECK(object["found"] == 2);
  REQUIRE(object["layers"].size() == 1);
  const json layer = object["layers"][0];
  CHECK(layer["framework"] == "keras");
  CHECK(layer["layer"] == "keras.layers.Conv2DTranspose(1, 3, strides=(2, 1), padding='same')");
  CHECK(layer["direction"] == "transposed");
  CHECK(layer["axes"][0] ==
        json({{"kernel", 3}, {"stride", 2}, {"dilation", 1}, {"crop_begin", 0}, {"crop_end", 1}}));
  CHECK(layer["ambiguity"][0] == json({{"output_padding_reaches", {13, 14}}}));
  CHECK(layer["remarks"] == json({"checkerboard: kernel 3 is no multiple of stride 2"}));
}

TEST_CASE("solve: nothing found is exit 1, with the nearest sizes that are reachable") {
  const Ending ending = run_tconv({.line = "solve --from 44 --to 89 --kernel-size 4 --stride 2 "
                                           "--output-padding 0 --framework torch --transposed"});
  CHECK(ending.exit_code == 1);
  CHECK(ending.errors == "");
  CHECK(ending.output ==
        "44 -> 89: no layer does\n"
        "  nearest is 88: nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)\n"
        "  nearest is 90: nn.ConvTranspose2d(1, 1, 4, stride=2)\n");
  const Ending axes = run_tconv({.line = "solve --from 7x9 --to 14x400 --stride 2 "
                                         "--framework torch --transposed --kernel-size 2"});
  CHECK(axes.exit_code == 1);
  CHECK(axes.output ==
        "7x9 -> 14x400: no layer does\n"
        "  axis 0: alone, it is reachable\n"
        "  axis 1: nearest is 19: nn.ConvTranspose2d(1, 1, 2, stride=2, output_padding=1)\n");
  const Ending as_json = run_tconv({.line = "solve --from 44 --to 89 --kernel-size 2 --stride 2 "
                                            "--output-padding 0 --framework torch --json"});
  CHECK(as_json.exit_code == 1);
  const json object = json::parse(as_json.output);
  CHECK(object["found"] == 0);
  CHECK(object["nearest"][0]["nearest"][0]["to"] == json({88}));
  CHECK(run_tconv({.line = "solve --from 4 --to 400 -q"}).exit_code == 1);
  CHECK(output_of({.line = "solve --from 4 --to 8 -q"}) == "");
}

TEST_CASE("solve: --skip finds what makes a decoder end at the encoder's size") {
  CHECK(output_of({.line = "solve --skip 89 --framework pytorch --limit 2"}) ==
        "a skip of 89 along 2 axes, stride 2\n"
        "88 and 90 would fit by themselves: multiples of the stride\n"
        "pytorch\n"
        "  44 below, as after nn.Conv2d(1, 1, 2, stride=2)\n"
        "    up to 89:\n"
        "      nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, output_padding=1)  crop 1:0  "
        "output_padding reaches 88, 89\n"
        "      nn.ConvTranspose2d(1, 1, 3, stride=2)                               crop 0:0  "
        "output_padding reaches 89, 90; checkerboard: kernel 3 is no multiple of stride 2\n"
        "    up to 88: nn.ConvTranspose2d(1, 1, 2, stride=2)\n"
        "      pad it: F.pad(up, (0, 1, 0, 1))\n"
        "      or cut the skip: skip[..., :88, :88]\n"
        "  45 below, as after nn.Conv2d(1, 1, 3, stride=2, padding=1)\n"
        "    up to 89:\n"
        "      nn.ConvTranspose2d(1, 1, 2, stride=2, padding=1, output_padding=1)  crop 1:0  "
        "output_padding reaches 88, 89\n"
        "      nn.ConvTranspose2d(1, 1, 4, stride=2, padding=2, output_padding=1)  crop 2:1  "
        "output_padding reaches 88, 89\n"
        "    up to 90: nn.ConvTranspose2d(1, 1, 2, stride=2)\n"
        "      cut it: up[..., :89, :89]\n");
  const std::string keras =
      output_of({.line = "solve --skip 89x64 --from 44x32 --framework keras --limit 1"});
  CHECK(keras.find("      pad it: keras.layers.ZeroPadding2D(((0, 1), (0, 0)))(up)\n"
                   "      or cut the skip: keras.layers.Cropping2D(((0, 1), (0, 0)))(skip)\n") !=
        std::string::npos);
  const json object =
      json::parse(output_of({.line = "solve --skip 89 --rank 1 --framework flax --json"}));
  CHECK(object["skip"] == json({89}));
  CHECK(object["below"][0]["usual"]["repairs"][0]["code"] ==
        "jnp.pad(up, ((0, 0), (0, 1), (0, 0)))");
  CHECK(object["below"][1]["usual"]["repairs"][0]["code"] == "up[:, :89, :]");
}

TEST_CASE("solve: exit 2 says what is wrong with the request") {
  struct Row {
    std::string line, expected;
  };
  const Row rows[] = {
      {"", "give both sizes: --from and --to"},
      {"--from 4", "give both sizes: --from and --to"},
      {"--from 4,5 --to 8", "--from has 2 inputs, --to 1: each needs its output"},
      {"--from 4x5 --to 8x9x1", "--to has 3 axes, --from says 2"},
      {"--from 4 --to 8 --rank 3 --kernel-size 3,4", "--kernel-size has 2 axes, --rank says 3"},
      {"--from 0 --to 8", "--from 0 is not a size, such as 44, 44x60 or 7,14,28"},
      {"--from 4 --to 99999999999999999999",
       "--to 99999999999999999999 is not a size, such as 44, 44x60 or 7,14,28"},
      {"--from 4 --to 8 --stride 3..2",
       "--stride 3..2 is not a number or a range from 1 up, such as 3, 1..7 or 3,5"},
      {"--from 4 --to 8 --padding 1:2:3",
       "--padding 1:2:3 is not a word, a number, a range or a pair, such as same, 1, 0..2 or 0:1"},
      {"--from 4 --to 8 --framework keras --padding SAME_UPPER",
       "--padding SAME_UPPER is no word of keras"},
      {"--from 4 --to 8 --framework kears", "unknown framework 'kears' (did you mean \"keras\"?)"},
      {"--from 4 --to 8 --transposed --forward", "--transposed and --forward exclude each other"},
      {"--from 4 --to 8 --format text", "--format text must be table or layers"},
      {"--from 4 --to 8 --channels 3", "--channels 3 must be two numbers from 1 up: IN,OUT"},
      {"--from 4 --to 8 --kernel-size 1..1048576 --stride 1..1048576",
       "the ranges leave more than 20000000 layers to try along an axis"},
      {"--from 4 --to 8 --rank 4", "solve takes 1 to 3 axes, --rank says 4"},
      {"--from 4 --to 8 --limit -1", "--limit -1 must be at least 0"},
      {"--skip 89 --to 8", "--skip says what --to would: give one of them"},
      {"--skip 89,44", "--skip takes one size, with axes between x: --skip 89x120"},
      {"--skip 89 --stride 1..3",
       "--skip needs the encoder's stride, one number from 2 up: --stride 2"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(first_line(refusal_of({.line = "solve " + row.line})) ==
          "exit 2: tconv: error: " + row.expected);
  }
}

}  // namespace solve_test
}  // namespace tconv::tests
