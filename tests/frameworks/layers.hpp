// Lowering a SPEC in a test, without tensors' data.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "frameworks/assemble.hpp"
#include "frameworks/lowering.hpp"
#include "spec/spec.hpp"

namespace tconv::frameworks {

struct TestLayer {
  std::string spec{};
  Shape x{};
  std::vector<Shape> weights{};
  Shape bias{};  // empty: none
  std::vector<std::pair<std::string, std::string>> flags{};
  std::string framework{};
};

inline Result<Lowering> lower_test(const TestLayer& test) {
  const auto spec = spec::parse_spec(test.spec);
  REQUIRE(spec);
  Layer layer = spec->layers.at(0).layer;
  if (!test.framework.empty()) layer.framework = test.framework;
  for (const auto& [name, text] : test.flags) {
    const auto value = spec::parse_flag_value("--" + name, text);
    REQUIRE(value);
    layer.flags.push_back({.name = name, .value = *value});
  }
  LoweringInput input{.x = shape_only(test.x, "x.npy")};
  for (const Shape& w : test.weights) input.weights.push_back(shape_only(w, "w.npy"));
  if (!test.bias.empty()) input.bias = shape_only(test.bias, "b.npy");
  return lower(layer, input);
}

}  // namespace tconv::frameworks
