// ONNX's own ways to write a node, read without moving anything from its place.
#include "spec/onnx_text.hpp"

#include <doctest/doctest.h>

#include "spec/spec.hpp"

namespace tconv::spec {
namespace {

TEST_CASE("call_of_onnx_text: each form becomes a call of the same length") {
  struct Row {
    const char* text;
    const char* call;
  };
  const Row rows[] = {
      {"Y = Conv <strides = [2]> (X, W)",  //
       "    Conv (strides = [2])       "},
      {"Y = Conv (X, W) <group: int = 2>",  //
       "    Conv        (group      = 2)"},
      {"%Y = Conv[auto_pad = 'VALID'](%X)",  //
       "     Conv(auto_pad = 'VALID')    "},
      {"[up] Y = ai.onnx.Conv <pads: ints = [1, 1]> (X)",
       "                 Conv (pads       = [1, 1])    "},
      {"%Y = ConvTranspose(%X, %W)",  //
       "     ConvTranspose(      )"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto call = call_of_onnx_text(row.text);
    REQUIRE(call);
    CHECK(*call == row.call);
  }
}

TEST_CASE("call_of_onnx_text: Python, and what is no node, is left alone") {
  for (const char* text : {"", "Conv", "Conv(features=3)", "nn.Conv(3, (3,))",
                           "conv = nn.Conv2d(1, 1, 3)", "Conv(8, 3)", "Y = Relu <alpha = 1> (X)",
                           "Y = Conv <strides = [2]", "[up", "onnx.Conv(strides=[2])"}) {
    CAPTURE(text);
    CHECK_FALSE(call_of_onnx_text(text));
  }
}

TEST_CASE("a node's error shows what was written") {
  const auto spec = parse_spec("Y = Conv <strides = [2,, 2]> (X, W)");
  REQUIRE_FALSE(spec);
  const auto node = parse_spec("Y = Conv <strides = [2]> (X, W)");
  REQUIRE(node);
  CHECK(node->layers[0].layer.framework == "onnx");
  CHECK(node->layers[0].layer.source == "Y = Conv <strides = [2]> (X, W)");
}

}  // namespace
}  // namespace tconv::spec
