// SPEC as JSON, or as the text of a Python dict.
#include <doctest/doctest.h>

#include <string>

#include "spec/spec.hpp"
#include "spec_text.hpp"

namespace tconv::spec {
namespace {

struct Row {
  std::string name;
  std::string text;
  std::string expected;
};

const Row kObjects[] = {
    {"a layer",
     R"({"framework": "pytorch", "layer": "ConvTranspose2d", "kernel_size": 2, "stride": 3})",
     "pytorch!ConvTranspose2d(kernel_size=2, stride=3)"},
    {"arguments keep their order, type and nesting",
     R"({"layer": "Conv2D", "z": "same", "a": [1, [2, -3]], "m": null, "b": 1.0, "c": {"d": true}})",
     "Conv2D(z='same', a=[1, [2, -3]], m=None, b=1.0, c={d: True})"},
    {"a prefixed name", R"({"layer": "tf.keras.layers.Conv2D"})", "tf.keras.layers.Conv2D()"},
    {"strings are decoded", R"({"layer": "Conv2D", "name": "a\"\u00e9\/b"})",
     "Conv2D(name='a\"\xC3\xA9/b')"},
    {"a call", R"json({"spec": "nn.Conv2d(1, 1, 3)"})json", "nn.Conv2d(1, 1, 3)"},
    {"a call and its framework", R"json({"framework": "flax", "spec": "nn.Conv(1, (3,))"})json",
     "flax!nn.Conv(1, [3])"},
    {"a chain",
     R"json({"layers": ["nn.Conv2d(1, 1, 3)", {"layer": "ReLU"}, {"spec": "nn.Conv2d(1, 1, 1)"}]})json",
     "nn.Conv2d(1, 1, 3)\nReLU()\nnn.Conv2d(1, 1, 1)"},
    {"a chain and its framework, which a layer may override",
     R"json({"framework": "keras", "layers": ["Conv2D(1, 3)", {"layer": "Conv2D"},
         {"framework": "pytorch", "layer": "Conv2d"}]})json",
     "keras!Conv2D(1, 3)\nkeras!Conv2D()\npytorch!Conv2d()"},
    {"chains in a chain", R"json({"layers": [{"layers": ["A"]}, "nn.Sequential(B, C)"]})json",
     "A()\nB()\nC()"},
    {"a list", R"json(["nn.Conv2d(1, 1, 3)", {"layer": "ReLU"}])json",
     "nn.Conv2d(1, 1, 3)\nReLU()"},
    {"white space around", "\n {\"layer\": \"A\"} \n", "A()"},
    {"byte order mark", "\xEF\xBB\xBF{\"layer\": \"A\"}", "A()"},
};

const Row kTensors[] = {
    {"paths", R"({"layer": "A", "weights": "w.npy", "bias": "b.npz:bias"})",
     "A() weights=w.npy bias=b.npz:bias"},
    {"makers", R"({"layer": "A", "weights": "ones:3,3", "bias": "-"})",
     "A() weights=ones:3,3 bias=-"},
    {"values, as written", R"({"layer": "A", "weights": [[1, 2.50], [3e0,4]], "bias": [ 0 ]})",
     "A() weights=[[1, 2.50], [3e0,4]] bias=[ 0 ]"},
    {"values beyond 64 bits and out of order of magnitude",
     R"({"layer": "A", "weights": [123456789012345678901, 1e300]})",
     "A() weights=[123456789012345678901, 1e300]"},
    {"values that are not finite", R"({"layer": "A", "weights": ["NaN", 1, "-Infinity"]})",
     R"(A() weights=["NaN", 1, "-Infinity"])"},
    {"a tensor object",
     R"({"layer": "A", "weights": {"shape": [1], "data": [7], "data": [8]}, "s": 2})",
     R"(A(s=2) weights={"shape": [1], "data": [7], "data": [8]})"},
    {"two paths", R"({"layer": "SeparableConv2D", "weights": ["d.npy", "p.npy"]})",
     "SeparableConv2D() weights=d.npy weights=p.npy"},
    {"two tensors of different kinds",
     R"({"layer": "A", "weights": [{"shape": [1], "data": [7]}, "p.npy", [[1, "]"]]]})",
     R"(A() weights={"shape": [1], "data": [7]} weights=p.npy weights=[[1, "]"]])"},
    {"bias as PyTorch's argument", R"({"layer": "Conv2d", "bias": false, "stride": 2})",
     "Conv2d(stride=2, bias=False)"},
    {"none given", R"({"layer": "A", "weights": null, "bias": null})", "A()"},
    {"beside a call",
     R"json({"spec": "nn.Conv2d(1, 1, 3)", "weights": "w.npy", "bias": [0, 1]})json",
     "nn.Conv2d(1, 1, 3) weights=w.npy bias=[0, 1]"},
    {"bias of a call as its argument", R"json({"spec": "nn.Conv2d(1, 1, 3)", "bias": true})json",
     "nn.Conv2d(1, 1, 3, bias=True)"},
    {"in a chain", R"({"layers": [{"layer": "A", "weights": "a"}, {"layer": "B", "bias": "b"}]})",
     "A() weights=a\nB() bias=b"},
};

const Row kDicts[] = {
    {"single quotes, tuples, constants",
     "{'layer': 'Conv2D', 'strides': (2, 2), 'a': None, 'b': True, 'c': [(0, 1)]}",
     "Conv2D(strides=[2, 2], a=None, b=True, c=[[0, 1]])"},
    {"double quotes but Python's constants", R"({"layer": "Conv2D", "use_bias": False})",
     "Conv2D(use_bias=False)"},
    {"JSON's constants but single quotes", "{'layer': 'Conv2D', 'a': true, 'b': null}",
     "Conv2D(a=True, b=None)"},
    {"comments and a trailing comma", "{\"layer\": \"Conv2D\",  # mine\n}", "Conv2D()"},
    {"values of a tensor", "{'layer': 'A', 'weights': [[1, 2]], 'bias': 'b.npy'}",
     "A() weights=[[1, 2]] bias=b.npy"},
    {"a list of dicts", "[{'layer': 'A'}, {'layer': 'B'}]", "A()\nB()"},
};

void check(const Row& row) {
  CAPTURE(row.name);
  const Result<Spec> spec = parse_spec(row.text);
  CHECK(text_of(spec) == row.expected);
}

TEST_CASE("objects: layers, calls, chains") {
  for (const Row& row : kObjects) check(row);
}

TEST_CASE("objects: tensors are told from arguments") {
  for (const Row& row : kTensors) check(row);
}

TEST_CASE("objects: the text of a Python dict") {
  for (const Row& row : kDicts) check(row);
}

TEST_CASE("a layer from an object has no source, one from a call in it has the call") {
  const Result<Spec> spec = parse_spec(
      R"json({"layers": [{"layer": "A", "k": [1]}, {"spec": "nn.B(2)", "bias": 1}]})json");
  REQUIRE(spec);
  CHECK(spec->layers[0].layer.source.empty());
  CHECK(spec->layers[0].layer.arguments[0].value.items[0].offset == 0);
  CHECK(spec->layers[1].layer.source == "nn.B(2)");
  CHECK(spec->layers[1].layer.offset == 3);
}

TEST_CASE("a tensor of many numbers costs no value a number") {
  std::string text = R"({"layer": "A", "weights": [0)";
  for (int i = 0; i < 300'000; ++i) text += ",1";  // more than the bound on values
  text += "]}";
  const Result<Spec> spec = parse_spec(text);
  REQUIRE(spec);
  CHECK(spec->layers[0].weights[0].size() == 600'003);
}

}  // namespace
}  // namespace tconv::spec
