// SPEC as a call, the way source code has it.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "spec/spec.hpp"
#include "spec_text.hpp"

namespace tconv::spec {
namespace {

struct Row {
  std::string name;
  std::string text;
  std::string expected;
};

const Row kCalls[] = {
    {"PyTorch class", "nn.ConvTranspose2d(1, 1, kernel_size=(2, 2), stride=(3, 3), bias=False)",
     "nn.ConvTranspose2d(1, 1, kernel_size=[2, 2], stride=[3, 3], bias=False)"},
    {"PyTorch function", "torch.nn.functional.conv_transpose2d(x, w, None, stride=2)",
     "torch.nn.functional.conv_transpose2d(x, w, None, stride=2)"},
    {"tf.keras", "tf.keras.layers.Conv2DTranspose(1, (3, 3), strides=2, padding=\"same\")",
     "tf.keras.layers.Conv2DTranspose(1, [3, 3], strides=2, padding='same')"},
    {"lax", "lax.conv_transpose(strides=(2, 2), padding=\"SAME\")",
     "lax.conv_transpose(strides=[2, 2], padding='SAME')"},
    {"onnx", "onnx.ConvTranspose(strides=[2, 2], pads=[1, 1, 1, 1])",
     "onnx.ConvTranspose(strides=[2, 2], pads=[1, 1, 1, 1])"},
    {"scipy", "signal.convolve2d(mode='same', boundary='wrap')",
     "signal.convolve2d(mode='same', boundary='wrap')"},
    {"nnx", "nnx.Conv(3, 8, (3, 3), strides=(2, 2), rngs=nnx.Rngs(0))",
     "nnx.Conv(3, 8, [3, 3], strides=[2, 2], rngs=nnx.Rngs(0))"},
    {"lax dimension numbers",
     "lax.conv_general_dilated(x, w, (1, 1), ((0, 1), (2, 3)), dimension_numbers=('NHWC', 'HWIO', "
     "'NHWC'))",
     "lax.conv_general_dilated(x, w, [1, 1], [[0, 1], [2, 3]], dimension_numbers=['NHWC', 'HWIO', "
     "'NHWC'])"},
    {"no arguments", "nn.ReLU()", "nn.ReLU()"},
    {"bare name", "ConvTranspose2d", "ConvTranspose2d()"},
    {"bare name, prefixed", "nn.Conv2d", "nn.Conv2d()"},
    {"bare name, long prefix", "keras.layers.Conv2D", "keras.layers.Conv2D()"},
    {"white space around", " \n\t nn.Conv2d(1, 1, 3) \n\n", "nn.Conv2d(1, 1, 3)"},
    {"trailing comma and semicolon", "nn.Conv2d(1, 1, 3,);", "nn.Conv2d(1, 1, 3)"},
    {"an element of a pasted list", "nn.Conv2d(1, 1, 3),", "nn.Conv2d(1, 1, 3)"},
    {"lines and comments", "nn.Conv2d(  # first\n    1,\n    1,  # (in, out)\n    3\n)  # done",
     "nn.Conv2d(1, 1, 3)"},
    {"line continuation", "conv = \\\n  nn.Conv2d(1, \\\r\n 1, 3)", "nn.Conv2d(1, 1, 3)"},
    {"spaces everywhere", "nn . Conv2d ( 1 , 1 , kernel_size = ( 3 , 3 ) )",
     "nn.Conv2d(1, 1, kernel_size=[3, 3])"},
    {"application", "nn.Conv2d(1, 1, 3)(x)", "nn.Conv2d(1, 1, 3)"},
    {"two applications", "layers.Conv2D(1, 3)(inputs)(y, training=False)", "layers.Conv2D(1, 3)"},
    {"assignment", "conv = nn.Conv2d(1, 1, 3)", "nn.Conv2d(1, 1, 3)"},
    {"assignment to a member", "        self.up1 = nn.ConvTranspose2d(64, 32, 2)",
     "nn.ConvTranspose2d(64, 32, 2)"},
    {"assignment to an element", "self.up[0] = a = nn.ConvTranspose2d(64, 32, 2)",
     "nn.ConvTranspose2d(64, 32, 2)"},
    {"Keras add", "model.add(keras.layers.Conv2D(1, (3, 3), input_shape=(4, 4, 1)))",
     "keras.layers.Conv2D(1, [3, 3], input_shape=[4, 4, 1])"},
    {"add by name of its argument", "model.add(layer=layers.Conv2D(1, 3))", "layers.Conv2D(1, 3)"},
    {"PyTorch append", "self.blocks.append(nn.Conv2d(1, 1, 3))", "nn.Conv2d(1, 1, 3)"},
    {"PyTorch add_module", "net.add_module('conv', nn.Conv2d(1, 1, 3))", "nn.Conv2d(1, 1, 3)"},
    {"interactive session", ">>> # square kernels\n>>> m = nn.Conv2d(16, 33, 3, stride=2)",
     "nn.Conv2d(16, 33, 3, stride=2)"},
    {"no-break spaces of a web page",
     "nn.Conv2d(1,\xC2\xA0"
     "1,\xC2\xA0"
     "3)",
     "nn.Conv2d(1, 1, 3)"},
    {"byte order mark",
     "\xEF\xBB\xBF"
     "nn.Conv2d(1, 1, 3)",
     "nn.Conv2d(1, 1, 3)"},
};

const Row kValues[] = {
    {"integers", "1, -1, +1, 0, 00, 1_000, 0x10, 0o17, 0b101, 0XfF, - 5, --5",
     "1, -1, 1, 0, 0, 1000, 16, 15, 5, 255, -5, 5"},
    {"the extremes", "9223372036854775807, -9223372036854775808",
     "9223372036854775807, -9223372036854775808"},
    {"floats", "1.5, 1e-3, .5, 1., -2.5E+2, 1_0.2_5", "1.5, 0.001, 0.5, 1.0, -250.0, 10.25"},
    {"constants", "True, False, None", "True, False, None"},
    {"strings", "'a', \"b\", '', 'say \"hi\"', 'it\\'s'", "'a', 'b', '', 'say \"hi\"', 'it's'"},
    {"string prefixes", "r'a\\n', b'SAME', u'c', Rb\"\\d\"", "'a\\n', 'SAME', 'c', '\\d'"},
    {"string escapes", "'\\t\\\\\\x41\\u00e9\\U0001F600\\101\\q'",
     "'\t\\A\xC3\xA9\xF0\x9F\x98\x80"
     "A\\q'"},
    {"a hash in a string is no comment", "'#', 2", "'#', 2"},
    {"tuples and lists", "(), [], (3,), [3], (3), ((0, 1), [2, 3],)",
     "[], [], [3], [3], 3, [[0, 1], [2, 3]]"},
    {"a comment behind the tuple's comma", "(3,  # h\n )", "[3]"},
    {"dicts", "{}, {'a': 1, \"b\": {'c': None}, 2: 'x',}", "{}, {a: 1, b: {c: None}, 2: 'x'}"},
    {"names", "x, nn.relu, torch.float32", "x, nn.relu, torch.float32"},
    {"calls", "keras.initializers.Constant(0.1), torch.device('cpu', index = 0)",
     "keras.initializers.Constant(0.1), torch.device('cpu', index = 0)"},
    {"subscripts and attributes", "x.shape[1], sizes[0].h, f(1).g, cfg['a'][0]",
     "x.shape[1], sizes[0].h, f(1).g, cfg['a'][0]"},
    {"objects without a text", "<function relu at 0x7f>, <a of <b>>",
     "<function relu at 0x7f>, <a of <b>>"},
    {"arithmetic", "2*3, 1 + 2 * 3, (1 + 2) * 3, 7 - 2 - 1, -(1), -(-2)", "6, 7, 9, 4, -1, 2"},
    {"floor division", "7 // 2, -7 // 2, 7 // -2, -7 // -2, 8 // 2 * 2", "3, -4, -4, 3, 8"},
    {"arithmetic with names", "ngf * 8, -x, 2 * (n + 1), f(2) // 2",
     "ngf * 8, -x, 2 * (n + 1), f(2) // 2"},
};

TEST_CASE("a call is read with its prefix, and what people paste around it is passed over") {
  for (const Row& row : kCalls) {
    CAPTURE(row.name);
    CHECK(text_of(parse_spec(row.text)) == row.expected);
  }
}

TEST_CASE("arguments are read as Python reads them") {
  for (const Row& row : kValues) {
    CAPTURE(row.name);
    CHECK(text_of(parse_spec("f(" + row.text + ")")) == "f(" + row.expected + ")");
  }
}

TEST_CASE("offsets are bytes into the source, which is the whole text") {
  const std::string text = "\n  self.up = nn.Conv2d(in_é,\n  (1, 22), kernel_size=-3)";
  const Result<Spec> spec = parse_spec(text);
  REQUIRE(spec);
  REQUIRE(spec->layers.size() == 1);
  const Layer& layer = spec->layers[0].layer;
  CHECK(layer.source == text);
  const auto at = [&](std::size_t offset) { return std::string_view(layer.source).substr(offset); };
  CHECK(at(layer.offset).starts_with("Conv2d("));
  REQUIRE(layer.arguments.size() == 3);
  CHECK(at(layer.arguments[0].offset).starts_with("in_é,"));
  CHECK(at(layer.arguments[1].offset).starts_with("(1, 22)"));
  CHECK(at(layer.arguments[1].value.offset).starts_with("(1, 22)"));
  CHECK(at(layer.arguments[1].value.items[1].offset).starts_with("22)"));
  CHECK(at(layer.arguments[2].offset).starts_with("kernel_size=-3"));
  CHECK(at(layer.arguments[2].value.offset).starts_with("-3"));
}

}  // namespace
}  // namespace tconv::spec
