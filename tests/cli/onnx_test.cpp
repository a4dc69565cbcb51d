// ONNX models through the binary: run, shape, info, and what is refused with which exit code.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "../io/onnx_bytes.hpp"
#include "../io/tensors.hpp"
#include "../support/temporary_folder.hpp"
#include "io/onnx_model.hpp"
#include "program.hpp"

namespace tconv::tests {
namespace onnx_test {

const std::string kUp =
    "[[0. 0. 0. 0. 1.]\n [0. 0. 0. 2. 3.]\n [0. 0. 0. 0. 0.]\n [0. 2. 0. 0. 3.]\n"
    " [4. 6. 0. 6. 9.]]\n";

TEST_CASE("onnx: a node runs from the file, and -w and -b win over its tensors" *
          doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  put_file(folder / "m.onnx", onnx::small_model());
  const auto output = [&](const std::string& rest) {
    return output_of({.line = rest, .folder = folder.path()});
  };
  CHECK(output("run m.onnx:up -x '[[0,1],[2,3]]' -q") == kUp);
  CHECK(output("run m.onnx:u -x m.onnx:up.weight -q") ==
        output("run onnx.ConvTranspose(strides=[3,3]) -x '[[[[0,1],[2,3]]]]' -w [[0,1],[2,3]] -q"));
  CHECK(output("run m.onnx:up -x [[1]] -w [[5,6],[7,8]] -b [1] -q") == "[[6. 7.]\n [8. 9.]]\n");
  CHECK(output("run m.onnx:y -x [[1,2],[3,4]] -q") == "[[10.  6.]\n [ 7.  4.]]\n");
  CHECK(output("run m.onnx:late -x ones:2,2 -w m.onnx:k -b none -q") == "[[4.]]\n");
  CHECK(output("run Conv1d -x [0] -w [1] --expect m.onnx:up.bias") ==
        "equal: 1 elements, largest difference 0\n");
  CHECK(output("shape m.onnx:up --input-shape 1,1,2,2 -q") == "(1, 1, 5, 5)\n");
  CHECK(output("shape m.onnx:late --input-shape 1,1,5,5 -w ones:1,1,2,2 -q") == "(1, 1, 4, 4)\n");
}

TEST_CASE("onnx: exit 2 for a request that is wrong, 3 for a file that is" *
          doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  put_file(folder / "m.onnx", onnx::small_model());
  put_file(folder / "cut.onnx", onnx::small_model().substr(0, 100));
  put_file(folder / "empty.onnx", "");
  put_file(
      folder / "w.onnx",
      onnx::model(onnx::graph_node({.op = "Conv", .name = "c", .inputs = {"x", "w"}}) +
                  onnx::initializer(onnx::tensor("w", onnx::kFloat, {1, 1, 1 << 30, 1 << 30}))));
  std::filesystem::create_directory(folder.path() / "folder.onnx");
  struct Row {
    const char* line;
    const char* expected;
  };
  const Row rows[] = {
      {"run m.onnx:up2 -x [[1]]",
       "exit 2: tconv: error: m.onnx: no node is called \"up2\" (did you mean \"up\"?)"},
      {"run m.onnx -x [[1]]",
       "exit 2: tconv: error: m.onnx: there are 4 convolutions in it, say which: m.onnx:up"},
      {"run m.onnx:scale -x [[1]]",
       "exit 2: tconv: error: m.onnx: \"scale\" is a Mul, not a convolution"},
      {"run m.onnx:q -x [[1]]",
       "exit 2: tconv: error: m.onnx:q: is a QLinearConv; tconv computes Conv and ConvTranspose"},
      {"run m.onnx:late -x ones:4,4",
       "exit 2: tconv: error: Conv: no weights are given: \"k2\" is computed by Mul \"scale\", not "
       "stored in the file"},
      {"run m.onnx:late -x ones:4,4 -w ones:2,2",
       "exit 2: tconv: error: Conv: no bias is given: \"k2\" is computed by Mul \"scale\", not "
       "stored in the file"},
      {"run Conv2d -x [[1]] -w m.onnx:up.wieght",
       "exit 2: tconv: error: m.onnx: no tensor in it is called \"up.wieght\" (did you mean "
       "\"up.weight\"?)"},
      {"run Conv2d -x [[1]] -w m.onnx", "exit 2: tconv: error: m.onnx: is a model, not a tensor"},
      {"run m.onnx:up -x [[1]] -o m.onnx --format npy",
       "exit 2: tconv: error: -o m.onnx is also an input (m.onnx:up)"},
      {"run nowhere.onnx:up -x [[1]]",
       "exit 3: tconv: error: nowhere.onnx: cannot be opened: No such file or directory"},
      {"run folder.onnx:up -x [[1]]",
       "exit 3: tconv: error: folder.onnx: cannot be read: Is a directory"},
      {"run cut.onnx:up -x [[1]]",
       "exit 3: tconv: error: cut.onnx: not an ONNX model, or damaged: these bytes are no protobuf "
       "message"},
      {"info empty.onnx",
       "exit 3: tconv: error: empty.onnx: not an ONNX model, or damaged: there is no graph in it"},
      {"run w.onnx:c -x [[1]]",
       "exit 3: tconv: error: w.onnx:w: shape (1, 1, 1073741824, 1073741824) of float32 has "
       "1152921504606846976 elements, its data 0"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(first_line(refusal_of({.line = row.line, .folder = folder.path()})) == row.expected);
  }
  CHECK(file_bytes(folder / "m.onnx") == onnx::small_model());
}

TEST_CASE("info: a model's convolutions" * doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  put_file(folder / "m.onnx", onnx::small_model());
  CHECK(output_of({.line = "info m.onnx", .folder = folder.path()}) ==
        "m.onnx: ONNX model, opset 17, 6 nodes, 2 Conv, 1 ConvTranspose, 1 QLinearConv\n"
        "m.onnx:up\n"
        "  layer       onnx.ConvTranspose(kernel_shape=[2, 2], strides=[3, 3])\n"
        "  weights     up.weight (1, 1, 2, 2) float32\n"
        "  bias        up.bias (1,) float32\n"
        "  parameters  5\n"
        "  input       x (batch, 1, 2, 2) float32\n"
        "  output      u (batch, 1, 5, 5) float32\n"
        "m.onnx:y\n"
        "  layer       onnx.Conv(auto_pad=\"SAME_UPPER\", group=1)\n"
        "  weights     k (1, 1, 2, 2) float32\n"
        "  parameters  4\n"
        "  input       u (batch, 1, 5, 5) float32\n"
        "m.onnx:late\n"
        "  layer       onnx.Conv()\n"
        "  weights     k2 is computed by Mul \"scale\", not stored in the file\n"
        "  bias        k2 is computed by Mul \"scale\", not stored in the file\n"
        "  output      z () float32\n"
        "m.onnx:q\n"
        "  layer       QLinearConv is not supported\n");
  const auto json =
      nlohmann::json::parse(output_of({.line = "info m.onnx --json", .folder = folder.path()}));
  CHECK(json["schema"] == 1);
  CHECK(json["command"] == "info");
  const auto& model = json;
  CHECK(model["kind"] == "model");
  CHECK(model["opset"] == "17");
  const auto& up = model["convolutions"][0];
  CHECK(up["name"] == "up");
  CHECK(up["spec"] == "onnx.ConvTranspose(kernel_shape=[2, 2], strides=[3, 3])");
  CHECK(up["weights"]["shape"] == nlohmann::json({1, 1, 2, 2}));
  CHECK(up["weights"]["bytes"] == 16);
  CHECK(up["parameters"] == 5);
  CHECK(up["output"]["shape"] == nlohmann::json({"batch", 1, 5, 5}));
  CHECK(model["convolutions"][2]["weights"]["not_stored"].is_string());
  CHECK(model["convolutions"][3]["supported"] == false);
}

TEST_CASE("info: names from a file do not act on a terminal" *
          doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  put_file(folder / "m.onnx",
           onnx::model(onnx::graph_node({.op = "Conv", .name = "\x1b[2J\nnext", .inputs = {"x"}})));
  const std::string text = output_of({.line = "info m.onnx", .folder = folder.path()});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("m.onnx:?[2J?next\n") != std::string::npos);
}

TEST_CASE("onnx: without it, a model is refused by what to build with" *
          doctest::skip(io::onnx_built_in())) {
  CHECK(refusal_of({.line = "run m.onnx:up -x [[1]]"}) ==
        "exit 2: tconv: error: m.onnx: is an ONNX model, and this tconv is built without them\n"
        "  hint: build with protobuf-compiler, libprotobuf-dev and libonnx-dev installed\n");
}

}  // namespace onnx_test
}  // namespace tconv::tests
