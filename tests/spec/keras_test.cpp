// SPEC as to_json() and get_config() of Keras write it. The objects have the keys of Keras 3.16 and
// tf.keras 2 (semantics.md 4.3).
#include <doctest/doctest.h>

#include <string>

#include "spec/spec.hpp"
#include "spec_text.hpp"

namespace tconv::spec {
namespace {

const std::string kKeras3Layer = R"({
  "module": "keras.layers", "class_name": "Conv2DTranspose",
  "config": {"name": "up", "trainable": true,
    "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
              "registered_name": null},
    "filters": 3, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same",
    "output_padding": null, "data_format": "channels_last", "dilation_rate": [1, 1],
    "activation": "linear", "use_bias": true},
  "registered_name": null, "build_config": {"input_shape": [null, 28, 28, 3]}})";

const std::string kKeras3Model = R"({"module": "keras", "class_name": "Sequential", "config":
  {"name": "sequential", "trainable": true, "dtype": "float32", "layers": [
    {"module": "keras.layers", "class_name": "InputLayer",
     "config": {"batch_shape": [null, 8, 8, 1], "name": "input"}, "registered_name": null},
    {"module": "keras.layers", "class_name": "Conv2D",
     "config": {"name": "a", "filters": 4}, "registered_name": null,
     "build_config": {"input_shape": [null, 8, 8, 1]}},
    {"module": "keras.layers", "class_name": "ReLU", "config": {}, "registered_name": null}],
   "build_input_shape": [null, 8, 8, 1]},
  "registered_name": null, "build_config": {}, "compile_config": {"loss": "mse"}})";

const std::string kKeras2Model = R"({"class_name": "Sequential", "config":
  {"name": "sequential", "layers": [
    {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 8, 8, 1]}},
    {"class_name": "Conv2D", "config": {"name": "a", "batch_input_shape": [null, 8, 8, 1]}}]},
  "keras_version": "2.11.0", "backend": "tensorflow"})";

// Before Keras 2.2.3.
const std::string kKeras2List = R"({"class_name": "Sequential", "config":
  [{"class_name": "Conv2D", "config": {"filters": 1}}, {"class_name": "Flatten", "config": {}}]})";

const std::string kSequentialConfig = R"({'name': 'sequential', 'trainable': True, 'layers': [
  {'module': 'keras.layers', 'class_name': 'InputLayer', 'config': {'batch_shape': (None, 8, 1)}},
  {'module': 'keras.layers', 'class_name': 'Conv1D', 'config': {'kernel_size': (3,)}}],
  'build_input_shape': (None, 8, 1)})";

struct Row {
  std::string name;
  std::string text;
  std::string expected;
};

const Row kRows[] = {
    {"a layer of Keras 3", kKeras3Layer,
     "keras!keras.layers.Conv2DTranspose(name='up', trainable=True, dtype={module: 'keras', "
     "class_name: 'DTypePolicy', config: {name: 'float32'}, registered_name: None}, filters=3, "
     "kernel_size=[3, 3], strides=[2, 2], padding='same', output_padding=None, "
     "data_format='channels_last', dilation_rate=[1, 1], activation='linear', use_bias=True)"},
    {"a model of Keras 3", kKeras3Model,
     "keras!keras.layers.Conv2D(name='a', filters=4)\nkeras!keras.layers.ReLU()"},
    {"a model of Keras 2", kKeras2Model,
     "keras!Conv2D(name='a', batch_input_shape=[None, 8, 8, 1])"},
    {"a model of the first Keras 2", kKeras2List, "keras!Conv2D(filters=1)\nkeras!Flatten()"},
    {"a model in a model",
     R"({"class_name": "Sequential", "config": {"layers": [)" + kKeras2List + "]}}",
     "keras!Conv2D(filters=1)\nkeras!Flatten()"},
    {"a class and its get_config()",
     "{'class_name': 'Conv2D', 'config': {'filters': 1, 'k': (3, 3)}}",
     "keras!Conv2D(filters=1, k=[3, 3])"},
    {"get_config() of a Sequential", kSequentialConfig,
     "keras!keras.layers.Conv1D(kernel_size=[3])"},
    {"with tensors", R"({"class_name": "Conv2D", "config": {}, "weights": "w.npy", "bias": [0]})",
     "keras!Conv2D() weights=w.npy bias=[0]"},
    {"in a chain",
     R"json({"layers": [{"class_name": "Conv2D", "config": {}}, "layers.Conv2D(1, 3)"]})json",
     "keras!Conv2D()\nlayers.Conv2D(1, 3)"},
    {"only inputs", R"({"class_name": "InputLayer", "config": {}})",
     "error: the model has no layer besides its inputs"},
};

TEST_CASE("Keras objects become layers, input layers vanish") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(text_of(parse_spec(row.text)) == row.expected);
  }
}

TEST_CASE("a Functional model is refused as unsupported") {
  const Row rows[] = {
      {"Keras 3", R"({"module": "keras", "class_name": "Functional", "config": {"layers": []}})",
       ""},
      {"Keras 2", R"({"class_name": "Model", "config": {"layers": []}})", ""},
      {"get_config()", R"({"name": "m", "layers": [], "input_layers": [], "output_layers": []})",
       ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Result<Spec> spec = parse_spec(row.text);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == ErrorCode::Unsupported);
    CHECK(spec.error().what ==
          "a Functional Keras model is a graph, and only chains of layers are run");
    CHECK_FALSE(spec.error().hint.empty());
  }
}

TEST_CASE("a config without its class is answered with the way to write it") {
  for (const std::string text :
       {"{'name': 'conv2d', 'trainable': True, 'filters': 1}", R"({"config": {"filters": 1}})"}) {
    CAPTURE(text);
    const Result<Spec> spec = parse_spec(text);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == ErrorCode::Spec);
    CHECK(
        spec.error().what ==
        "the object names no layer: \"layer\", \"spec\", \"layers\" or \"class_name\" is missing");
    CHECK(spec.error().hint ==
          "a Keras config needs its class: {\"class_name\": \"Conv2D\", \"config\": {...}}");
  }
}

}  // namespace
}  // namespace tconv::spec
