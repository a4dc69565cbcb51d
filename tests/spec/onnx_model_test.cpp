// SPEC `model.onnx:NODE`: the layer, its tensors, and what is refused.
#include <doctest/doctest.h>

#include <random>

#include "../io/onnx_bytes.hpp"
#include "../support/temporary_folder.hpp"
#include "io/onnx_model.hpp"
#include "spec/onnx_model_spec.hpp"
#include "spec/spec.hpp"

namespace tconv::spec {
namespace {

namespace onnx = tests::onnx;
using tests::put_file;
using tests::TemporaryFolder;

TEST_CASE("model.onnx:NODE is the node's call, with its tensors" *
          doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  const std::string model = folder / "m.onnx";
  put_file(model, onnx::small_model());
  const auto up = parse_spec(model + ":up");
  REQUIRE(up);
  REQUIRE(up->layers.size() == 1);
  CHECK(up->layers[0].layer.source == "onnx.ConvTranspose(kernel_shape=[2, 2], strides=[3, 3])");
  CHECK(up->layers[0].weights == std::vector<std::string>{model + ":up.weight"});
  CHECK(up->layers[0].bias == model + ":up.bias");
  const auto unnamed = parse_spec(model + ":y");
  REQUIRE(unnamed);
  CHECK(unnamed->layers[0].layer.source == "onnx.Conv(auto_pad=\"SAME_UPPER\", group=1)");
  CHECK(unnamed->layers[0].weights == std::vector<std::string>{model + ":k"});
  CHECK(unnamed->layers[0].bias == "");
  const auto late = parse_spec(model + ":late");
  REQUIRE(late);
  CHECK(late->layers[0].weights.empty());
  CHECK(late->layers[0].weights_elsewhere ==
        "\"k2\" is computed by Mul \"scale\", not stored in the file");
  CHECK(late->layers[0].bias_elsewhere == late->layers[0].weights_elsewhere);
}

TEST_CASE("a model's node in a chain, its path relative to the chain's file" *
          doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  put_file(folder / "m.onnx", onnx::small_model());
  put_file(folder / "chain.json", R"({"layers": ["m.onnx:up", {"spec": "m.onnx:y"}]})");
  put_file(folder / "layer.txt", "m.onnx:up\n");
  const auto chain = parse_spec(folder / "chain.json");
  REQUIRE(chain);
  REQUIRE(chain->layers.size() == 2);
  CHECK(chain->layers[1].weights == std::vector<std::string>{folder / "m.onnx:k"});
  CHECK(parse_spec(folder / "layer.txt"));
}

TEST_CASE("nodes that are refused" * doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  const std::string model = folder / "m.onnx";
  const auto node = [](const std::string& name, const std::string& attributes) {
    return onnx::graph_node({.op = "Conv", .name = name, .attributes = attributes});
  };
  const std::string reference = onnx::bytes(5, onnx::bytes(1, "group") + onnx::bytes(21, "g"));
  put_file(model, onnx::model(node("graph", onnx::graph_attribute("g", "")) +
                              node("odd", onnx::int_attribute("gr oup)", 1)) +
                              node("reference", reference) +
                              node("quoted", onnx::string_attribute("auto_pad", "a\"\\\n)")) +
                              onnx::graph_node({.op = "ConvInteger", .name = "q"}) +
                              onnx::graph_node({.op = "Conv", .name = "d", .domain = "my"})));
  const std::pair<const char*, ErrorCode> rows[] = {
      {"graph", ErrorCode::Unsupported},
      {"odd", ErrorCode::Input},
      {"reference", ErrorCode::Unsupported},
      {"q", ErrorCode::Unsupported},
      {"d", ErrorCode::Unsupported},
      {"nothing", ErrorCode::Usage},
      {"", ErrorCode::Usage},
  };
  for (const auto& [name, code] : rows) {
    CAPTURE(name);
    const auto spec = parse_spec(model + ":" + name);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == code);
    CHECK(spec.error().where.starts_with(model));
  }
  const auto quoted = parse_spec(model + ":quoted");
  REQUIRE(quoted);
  CHECK(quoted->layers[0].layer.arguments.at(0).value.text == "a\"\\\n)");
  CHECK(parse_spec(folder / "nowhere.onnx:up").error().code == ErrorCode::Input);
}

TEST_CASE("model.onnx:NODE of a file with any byte changed ends well" *
          doctest::skip(!io::onnx_built_in())) {
  const TemporaryFolder folder;
  const std::string whole = onnx::small_model();
  std::mt19937 random(1);  // NOLINT: the same every time
  for (int i = 0; i < 1000; ++i) {
    std::string mutated = whole;
    mutated[random() % mutated.size()] = static_cast<char>(random());
    put_file(folder / "m.onnx", mutated);
    for (const char* node : {"m.onnx:#0", "m.onnx:#1", "m.onnx:late"}) {
      const auto spec = parse_spec(folder / node);
      if (spec) CHECK(spec->layers.size() == 1);
    }
  }
}

}  // namespace
}  // namespace tconv::spec
