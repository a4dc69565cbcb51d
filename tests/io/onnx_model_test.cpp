// ONNX models as files: which nodes are found, and damaged ones.
#include <doctest/doctest.h>

#include <random>

#include "../support/temporary_folder.hpp"
#include "io/member_name.hpp"
#include "io/onnx_model.hpp"
#include "onnx_bytes.hpp"

namespace tconv::io {
namespace {

namespace onnx = tests::onnx;
using tests::put_file;
using tests::TemporaryFolder;

TEST_CASE("parse_member_name: what is one, and what is not") {
  const auto plain = parse_member_name("a/model.onnx", kOnnxExtension);
  REQUIRE(plain);
  CHECK(plain->file == "a/model.onnx");
  CHECK(plain->member == "");
  const auto member = parse_member_name("model (1).onnx:a:b.onnx:c", kOnnxExtension);
  REQUIRE(member);
  CHECK(member->file == "model (1).onnx");
  CHECK(member->member == "a:b.onnx:c");
  CHECK(parse_member_name(".onnx:x", kOnnxExtension));
  for (const char* text : {"", "w.npy", "onnx.Conv(strides=[2])", R"({"weights": "m.onnx:w"})",
                           R"([{"spec": "m.onnx"}])", "model.onnxx", "Conv2d\nm.onnx:w"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_member_name(text, kOnnxExtension));
  }
  CHECK(file_of("m.onnx:w") == "m.onnx");
  CHECK(file_of("w.npy") == "w.npy");
}

TEST_CASE("onnx models: nodes by name, by output and by place" * doctest::skip(!onnx_built_in())) {
  const TemporaryFolder folder;
  put_file(folder / "m.onnx", onnx::small_model());
  const auto model = read_onnx_model(folder / "m.onnx", "m.onnx");
  REQUIRE(model);
  CHECK(model->opset == "17");
  CHECK(model->nodes == 6);
  REQUIRE(model->convolutions.size() == 4);
  const auto label = [&](const char* name) {
    const auto node = find_onnx_node(*model, name);
    return node ? (*node)->label : node.error().what;
  };
  CHECK(label("up") == "up");
  CHECK(label("u") == "up");
  CHECK(label("y") == "y");  // it has no name
  CHECK(label("#0") == "up");
  CHECK(label("#1") == "y");
  CHECK(label("#4") == "no node is called \"#4\"");
  CHECK(label("lat") == "no node is called \"lat\" (did you mean \"late\"?)");
  CHECK(label("scale") == "\"scale\" is a Mul, not a convolution");
  CHECK(label("") == "there are 4 convolutions in it, say which: m.onnx:up");
  CHECK(onnx_stored(*model, "k").name == "k");
  CHECK(onnx_stored(*model, "k2").instead ==
        "is computed by Mul \"scale\", not stored in the file");
  CHECK(onnx_stored(*model, "x").instead == "is an input of its graph, or nowhere in the file");
  const auto values = onnx_values(*model);
  REQUIRE(values);
  CHECK(values->at("u").dims == std::vector<std::string>{"batch", "1", "5", "5"});
}

TEST_CASE("onnx models: names given twice, subgraphs and functions" *
          doctest::skip(!onnx_built_in())) {
  const TemporaryFolder folder;
  const std::string branch =
      onnx::graph_node({.op = "Conv", .name = "inner", .inputs = {"x", "w"}, .outputs = {"i"}});
  const std::string function =
      onnx::bytes(1, "block") +
      onnx::bytes(7, onnx::node({.op = "Conv", .name = "f", .inputs = {"a", "b"}}));
  put_file(
      folder / "m.onnx",
      onnx::model(onnx::graph_node({.op = "Conv", .name = "same", .outputs = {"a"}}) +
                  onnx::graph_node({.op = "Conv", .name = "same", .outputs = {"b"}}) +
                  onnx::graph_node({.op = "Conv", .outputs = {}}) +
                  onnx::graph_node({.op = "Conv", .name = "other", .domain = "com.example"}) +
                  onnx::graph_node({.op = "If",
                                    .name = "gate",
                                    .outputs = {"c"},
                                    .attributes = onnx::graph_attribute("then_branch", branch)})) +
          onnx::bytes(25, function));
  const auto model = read_onnx_model(folder / "m.onnx", "m.onnx");
  REQUIRE(model);
  std::vector<std::string> labels, places;
  for (const OnnxNode& node : model->convolutions) {
    labels.push_back(node.label);
    places.push_back(node.place);
  }
  CHECK(labels == std::vector<std::string>{"a", "b", "#2", "other", "inner", "f"});
  CHECK(places == std::vector<std::string>{"", "", "", "", "then_branch of If \"gate\"",
                                           "function \"block\""});
  CHECK_FALSE(model->convolutions[3].supported);
  const auto twice = find_onnx_node(*model, "same");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().hint == "say which by its place: m.onnx:#0");
}

TEST_CASE("onnx models: files that are none" * doctest::skip(!onnx_built_in())) {
  const TemporaryFolder folder;
  std::string nested;  // graphs within nodes within graphs
  for (int i = 0; i < 80; ++i) {
    nested = onnx::graph_node({.op = "If", .attributes = onnx::graph_attribute("g", nested)});
  }
  const std::pair<const char*, std::string> rows[] = {
      {"nothing", ""},
      {"text", "hello, world"},
      {"no graph", onnx::number(1, 8)},
      {"a graph beyond the end", std::string("\x3a\x7f", 2)},
      {"a length of 10 bytes", "\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
      {"a tag without an end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
      {"a group's end", onnx::model("") + "\x0c"},
      {"groups in groups", std::string(100'000, '\x0b')},
      {"graphs too deep", onnx::model(nested)},
  };
  for (const auto& [name, bytes] : rows) {
    CAPTURE(name);
    put_file(folder / "m.onnx", bytes);
    const auto model = read_onnx_model(folder / "m.onnx", "m.onnx");
    REQUIRE_FALSE(model);
    CHECK(model.error().code == ErrorCode::Input);
    CHECK(model.error().where == "m.onnx");
  }
  CHECK(read_onnx_model(folder / "nowhere.onnx", "n").error().code == ErrorCode::Input);
  CHECK(read_onnx_model(folder / ".", "n").error().code == ErrorCode::Input);
}

// Whatever becomes of a model, looking through all of it ends well.
void look_through(const TemporaryFolder& folder, const std::string& bytes) {
  put_file(folder / "m.onnx", bytes);
  const auto model = read_onnx_model(folder / "m.onnx", "m.onnx");
  if (!model) {
    CHECK(model.error().code == ErrorCode::Input);
    return;
  }
  for (const OnnxNode& node : model->convolutions) static_cast<void>(onnx_attributes(node));
  for (const std::string_view name : model->names) {
    static_cast<void>(read_onnx_header(*model, name));
    static_cast<void>(read_onnx_tensor(*model, name));
  }
  static_cast<void>(onnx_values(*model));
}

TEST_CASE("onnx models: cut anywhere, or with any byte changed" * doctest::skip(!onnx_built_in())) {
  const TemporaryFolder folder;
  const std::string whole = onnx::small_model();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    look_through(folder, whole.substr(0, size));
  }
  std::mt19937 random(1);  // NOLINT: the same every time
  for (int i = 0; i < 3000; ++i) {
    std::string mutated = whole;
    for (int k = i % 3; k >= 0; --k) {
      mutated[random() % mutated.size()] = static_cast<char>(random());
    }
    look_through(folder, mutated);
  }
}

}  // namespace
}  // namespace tconv::io
