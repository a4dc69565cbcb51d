// tconv shape: what a layer gives and costs, from shapes alone.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../io/tensors.hpp"
#include "../support/temporary_folder.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace shape_test {

using nlohmann::json;

struct Row {
  std::string name;
  std::string line;
  std::string expected;
};

const std::string kUp = "shape 'nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False)' ";

TEST_CASE("shape: the text says the shape, then the lowering and what it costs") {
  CHECK(output_of({.line = kUp + "--input-shape 1,64,8,8"}) ==
        "shape: (1, 32, 16, 16)\n"
        "ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False) (pytorch)\n"
        "  input       (N, C, H, W)\n"
        "  weights     (in, out/groups, kH, kW)\n"
        "  lowering    transposed: 64 -> 32 channels\n"
        "  axis H      crop 1:1   output (8 - 1)*2 + 4 - 1 - 1 = 16\n"
        "  axis W      crop 1:1   output (8 - 1)*2 + 4 - 1 - 1 = 16\n"
        "  cost        2097152 MACs, 32768 parameters, bytes: x 16384, weights 131072, y 32768\n"
        "  output      (1, 32, 16, 16)\n");
  const std::string keras =
      output_of({.line = R"(shape 'Conv2DTranspose(8, 3, strides=2, padding="same")')"
                         " --input-shape 1,16,16,3"});
  CHECK(keras.find("  axis H      crop 0:1   output (16 - 1)*2 + 3 - 0 - 1 = 32\n") !=
        std::string::npos);
}

TEST_CASE("shape: more than three axes are numbered, and none are left out") {
  const std::string four = output_of(
      {.line = "shape 'nn.Conv(2, (1, 2, 1, 2), padding=\"VALID\")' --input-shape 1,3,2,1,4,1"});
  CHECK(four.find("  input       (N, D1, D2, D3, D4, C)\n"
                  "  weights     (kD1, kD2, kD3, kD4, in/groups, out)\n") != std::string::npos);
  CHECK(four.find("  axis D4     pad 0:0   output (4 + 0 + 0 - 2)//1 + 1 = 3\n"
                  "  cost        72 MACs, 10 parameters") != std::string::npos);
  const std::string none = output_of({.line = "shape 'nn.Conv(2, ())' --input-shape 5,3"});
  CHECK(none.find("  weights     (in/groups, out)\n"
                  "  lowering    forward: 3 -> 2 channels\n"
                  "  cost        30 MACs, 8 parameters") != std::string::npos);
}

TEST_CASE("shape: the bias that a layer has by its own rules counts as parameters") {
  const auto parameters = [](const std::string& layer) {
    const json object =
        json::parse(output_of({.line = "shape '" + layer + "' --input-shape 1,3,9,9 --json"}));
    return object["layers"][0]["stages"][0]["parameters"];
  };
  CHECK(parameters("nn.Conv2d(3, 8, 3)") == 224);
  CHECK(parameters("nn.Conv2d(3, 8, 3, bias=False)") == 216);
  CHECK(parameters("Conv2D(8, 3, data_format=\"channels_first\")") == 224);
}

TEST_CASE("shape: --json gives the canonical problem, its full size, MACs, parameters and bytes") {
  const json object = json::parse(output_of({.line = kUp + "--input-shape 1,64,8,8 --json"}));
  CHECK(object["schema"] == 1);
  CHECK(object["command"] == "shape");
  CHECK(object["input_shape"] == json({1, 64, 8, 8}));
  CHECK(object["output_shape"] == json({1, 32, 16, 16}));
  CHECK(object["dtype"] == "float32");
  const json stage = object["layers"][0]["stages"][0];
  CHECK(stage["direction"] == "transposed");
  CHECK(stage["macs"] == 8 * 8 * 64 * 32 * 4 * 4);
  CHECK(stage["parameters"] == 64 * 32 * 4 * 4);
  CHECK(stage["bytes"] == json({{"x", 16384}, {"weights", 131072}, {"y", 32768}}));
  CHECK(stage["axes"][1] == json({{"axis", "W"},
                                  {"input", 8},
                                  {"kernel", 4},
                                  {"stride", 2},
                                  {"dilation", 1},
                                  {"crop_begin", 1},
                                  {"crop_end", 1},
                                  {"full", 18},
                                  {"output", 16}}));
  const json forward = json::parse(
      output_of({.line = "shape 'nn.Conv2d(4, 8, 3, padding=1, groups=2, dilation=2)' --json "
                         "--input-shape 2,4,9,9 --dtype float16"}));
  const json forward_stage = forward["layers"][0]["stages"][0];
  CHECK(forward_stage["direction"] == "forward");
  CHECK(forward_stage["groups"] == 2);
  CHECK(forward_stage["axes"][0]["pad_begin"] == 1);
  CHECK(forward_stage["axes"][0]["dilation"] == 2);
  CHECK(forward_stage["bytes"]["x"] == 2 * 4 * 9 * 9 * 2);
  CHECK(forward["output_shape"] == json({2, 8, 7, 7}));
}

TEST_CASE("shape: a layer of two steps has a stage for each, a chain a layer for each") {
  const json separable =
      json::parse(output_of({.line = "shape 'SeparableConv2D(8, 3, depth_multiplier=2)' --json "
                                     "--input-shape 1,8,8,3"}));
  CHECK(separable["layers"].size() == 1);
  CHECK(separable["layers"][0]["stages"].size() == 2);
  CHECK(separable["layers"][0]["stages"][0]["output_shape"] == json({1, 6, 6, 6}));
  CHECK(separable["output_shape"] == json({1, 6, 6, 8}));
  const json chain = json::parse(
      output_of({.line = "shape 'nn.Sequential(nn.Conv2d(1, 2, 3), nn.ConvTranspose2d(2, 3, 2, 2))'"
                         " --json --input-shape 1,1,8,8"}));
  CHECK(chain["layers"].size() == 2);
  CHECK(chain["layers"][0]["output_shape"] == json({1, 2, 6, 6}));
  CHECK(chain["output_shape"] == json({1, 3, 12, 12}));
}

const Row kQuiet[] = {
    {"a shape as Python prints it", "'Conv2d(1, 1, 3)' --input-shape '(1, 1, 4, 4)'",
     "(1, 1, 2, 2)"},
    {"no batch", "'Conv2d(1, 1, 3)' --input-shape 1,4,4", "(1, 2, 2)"},
    {"one axis", "'Conv1d(1, 1, 3)' --input-shape 4", "(2,)"},
    {"three axes", "'Conv3d(1, 2, 3)' --input-shape 1,1,5,6,7", "(1, 2, 3, 4, 5)"},
    {"channels and kernel from -w", "Conv2d --stride 2 -w ones:4,3,3,3 --input-shape 1,3,9,9",
     "(1, 4, 4, 4)"},
    {"the input's shape from -x", "'Conv2d(1, 1, 3)' -x zeros:1,1,9,9", "(1, 1, 7, 7)"},
    {"the input's shape from a file", "'Conv2d(1, 1, 3)' -x x.npy", "(1, 1, 2, 2)"},
    {"no batch in the input", "'Conv2d(1, 1, 3)' --input-shape 0,1,4,4", "(0, 1, 2, 2)"},
    {"a size that no machine holds", "'Conv2d(1, 1, 3)' --input-shape 1,1,4000000,4000000",
     "(1, 1, 3999998, 3999998)"},
};

TEST_CASE("shape: --quiet prints the shape alone, wherever the input's comes from") {
  const TemporaryFolder folder;
  put_file(folder / "x.npy",
           npy_file(npy_dict("<f4", "(1, 1, 4, 4)"), raw(std::vector<float>(16))));
  for (const Row& row : kQuiet) {
    CAPTURE(row.name);
    CHECK(output_of({.line = "shape " + row.line + " -q", .folder = folder.path()}) ==
          row.expected + '\n');
  }
}

const Row kRefused[] = {
    {"no input", "'Conv2d(1, 1, 3)'",
     "exit 2: tconv: error: give the input's shape, either as --input-shape or as -x"},
    {"two inputs", "'Conv2d(1, 1, 3)' --input-shape 4,4 -x ones:4,4",
     "exit 2: tconv: error: give the input's shape, either as --input-shape or as -x"},
    {"a hole", "'Conv2d(1, 1, 3)' --input-shape 1,,4",
     "exit 2: tconv: error: --input-shape 1,,4 is not a shape, such as 1,3,224,224"},
    {"a negative extent", "'Conv2d(1, 1, 3)' --input-shape -1,1,4",
     "exit 2: tconv: error: --input-shape -1,1,4 is not a shape, such as 1,3,224,224"},
    {"no channels anywhere", "Conv2d --input-shape 1,1,4,4",
     "exit 2: tconv: error: Conv2d (pytorch): out_channels is not given"},
    {"a kernel that does not fit", "'Conv2d(1, 1, 3)' --input-shape 1,1,2,4",
     "exit 3: tconv: error: Conv2d(1, 1, 3) (pytorch): the kernel reaches over 3 elements, the "
     "padded input has 2"},
    {"an option of run", "'Conv2d(1, 1, 3)' --input-shape 1,1,4,4 -o y.npy",
     "exit 2: tconv: error: shape: unexpected argument -o"},
};

TEST_CASE("shape: what has no shape is refused") {
  for (const Row& row : kRefused) {
    CAPTURE(row.name);
    CHECK(first_line(refusal_of({.line = "shape " + row.line})) == row.expected);
  }
}

}  // namespace shape_test
}  // namespace tconv::tests
