// The README keeps its word: each command it shows prints what it shows.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "../io/onnx_bytes.hpp"
#include "../support/temporary_folder.hpp"
#include "io/onnx_model.hpp"
#include "shell.hpp"

namespace tconv {
namespace {

// The model.onnx that the README takes as given.
std::string readme_model() {
  namespace onnx = tests::onnx;
  return onnx::model(
      onnx::graph_node({.op = "ConvTranspose",
                        .name = "up",
                        .inputs = {"x", "up.weight", "up.bias"},
                        .outputs = {"u"},
                        .attributes = onnx::ints_attribute("kernel_shape", {2, 2}) +
                                      onnx::ints_attribute("strides", {3, 3})}) +
      onnx::graph_node({.op = "Relu", .name = "relu", .inputs = {"u"}, .outputs = {"y"}}) +
      onnx::initializer(onnx::float_tensor("up.weight", {1, 1, 2, 2}, {0, 1, 2, 3})) +
      onnx::initializer(onnx::float_tensor("up.bias", {1}, {0})) +
      onnx::bytes(11, onnx::value("x", {-1, 1, 2, 2})) +
      onnx::bytes(13, onnx::value("u", {-1, 1, 5, 5})));
}

TEST_CASE("README: every command prints what stands below it") {
  std::ifstream file(TCONV_SOURCE_DIR "/README.md");
  REQUIRE(file);
  const tests::TemporaryFolder folder;
  tests::put_file(folder / "model.onnx", readme_model());
  std::string line, command, expected;
  bool in_block = false;
  int commands = 0;
  const auto check = [&] {
    if (command.empty()) return;
    CAPTURE(command);
    const bool of_model = command.find("model.onnx") != std::string::npos;
    if (!of_model || io::onnx_built_in())
      CHECK(tests::shown_by(command, folder.path()) == expected);
    ++commands;
    command.clear();
    expected.clear();
  };
  while (std::getline(file, line)) {
    if (line == "```console") {
      in_block = true;
    } else if (line == "```") {
      check();
      in_block = false;
    } else if (in_block && line.starts_with("$ ")) {
      check();
      command = line.substr(2);
    } else if (in_block) {
      expected += line + '\n';
    }
  }
  CHECK(commands > 10);
}

}  // namespace
}  // namespace tconv
