// What a malformed SPEC is answered: the words, and where the caret stands.
#include <doctest/doctest.h>

#include <string>

#include "spec/spec.hpp"
#include "spec_text.hpp"

namespace tconv::spec {
namespace {

struct Row {
  std::string name;
  std::string text;
  std::string what;
  std::string excerpt;
};

const Row kCalls[] = {
    {"no text", " \n", "expected a layer such as nn.Conv2d(1, 1, 3), found no text", ""},
    {"only a comment", "# nothing", "expected a layer such as nn.Conv2d(1, 1, 3), found no text",
     ""},
    {"an unclosed call", "nn.Conv2d(1, 1, 3\n\n", "expected \",\" or \")\", found the end",
     "nn.Conv2d(1, 1, 3\n                 ^"},
    {"an unclosed call behind a comma", "nn.Conv2d(1,", "expected a value, found the end",
     "nn.Conv2d(1,\n            ^"},
    {"one bracket too many", "nn.Conv2d(1, 1, 3))", "expected the end of the layer, found \")\"",
     "nn.Conv2d(1, 1, 3))\n                  ^"},
    {"the wrong bracket", "f((1, 2])", "expected \",\" or \")\", found \"]\"",
     "f((1, 2])\n       ^"},
    {"the wrong bracket of a list", "f([1, 2))", "expected \",\" or \"]\", found \")\"",
     "f([1, 2))\n       ^"},
    {"a missing comma", "nn.Conv2d(1 1)", "expected \",\" or \")\", found \"1\"",
     "nn.Conv2d(1 1)\n            ^"},
    {"a missing comma between lines", "nn.Conv2d(1,\n  1\n  3)",
     "expected \",\" or \")\", found \"3\"", "  3)\n  ^"},
    {"an empty argument", "f(,)", "expected a value, found \",\"", "f(,)\n  ^"},
    {"a keyword without value", "f(a=)", "expected a value, found \")\"", "f(a=)\n    ^"},
    {"an argument given twice", "f(a=1, b=2, a=3)", "the argument \"a\" is given twice",
     "f(a=1, b=2, a=3)\n            ^"},
    {"positional after keyword", "f(a=1, 2)",
     "a positional argument cannot follow a keyword argument", "f(a=1, 2)\n       ^"},
    {"star-arguments", "f(1, *sizes)", "star-arguments are not known here; write the arguments out",
     "f(1, *sizes)\n     ^"},
    {"double-star-arguments", "f(**cfg)",
     "star-arguments are not known here; write the arguments out", "f(**cfg)\n  ^"},
    {"a star in a list", "f([*a])", "star-expressions are not known here", "f([*a])\n   ^"},
    {"a key given twice", "f({'a': 1, 'a': 2})", "the key \"a\" is given twice",
     "f({'a': 1, 'a': 2})\n           ^"},
    {"a dict without colon", "f({1, 2})", "expected \":\", found \",\"", "f({1, 2})\n    ^"},
    {"an unclosed string", "f('same)", "expected a value, found a string that is not closed",
     "f('same)\n  ^"},
    {"a string over a line's end", "f('sa\nme')",
     "expected a value, found a string that is not closed", "f('sa\n  ^"},
    {"two strings", "f('a' 'b')", "expected \",\" or \")\", found a string", "f('a' 'b')\n      ^"},
    {"an f-string", "f(f'{x}')", "expected a plain string, found an f-string", "f(f'{x}')\n  ^"},
    {"a broken escape", "f('ab\\x4')", "the escape in this string is not complete",
     "f('ab\\x4')\n     ^"},
    {"a surrogate escape", "f('\\ud800')", "the escape in this string is not complete",
     "f('\\ud800')\n   ^"},
    {"a word of broken UTF-8", "f(1 \xC3x)", "expected \",\" or \")\", found \"?x\"",
     "f(1 ?x)\n    ^"},
    {"a long word", "f(1 " + std::string(500, 'a') + ")",
     "expected \",\" or \")\", found \"" + std::string(70, 'a') + "...\"",
     "f(1 " + std::string(66, 'a') + "...\n    ^"},
    {"curly quotes", "f(“same”)", "expected a value, found \"“\"", "f(“same”)\n  ^"},
    {"a character of no meaning", "f($)", "expected a value, found \"$\"", "f($)\n  ^"},
    {"a control character", "f(\x01)", "expected a value, found the byte 0x01", "f(?)\n  ^"},
    {"an integer too large", "f(9223372036854775808)", "the integer does not fit into 64 bits",
     "f(9223372036854775808)\n  ^"},
    {"an integer too small", "f(-9223372036854775809)", "the integer does not fit into 64 bits",
     "f(-9223372036854775809)\n   ^"},
    {"a float too large", "f(1e999)", "the number does not fit into a float64", "f(1e999)\n  ^"},
    {"a number and a word in one", "f(3x)", "expected a number, found \"3x\"", "f(3x)\n  ^"},
    {"a complex number", "f(2j)", "expected a number, found \"2j\"", "f(2j)\n  ^"},
    {"C's octal", "f(010)", "expected a number, found \"010\"", "f(010)\n  ^"},
    {"a misplaced underscore", "f(1__0)", "expected a number, found \"1__0\"", "f(1__0)\n  ^"},
    {"hexadecimal without digits", "f(0x)", "expected a number, found \"0x\"", "f(0x)\n  ^"},
    {"two points", "f(1.2.3)", "expected a number, found \"1.2.3\"", "f(1.2.3)\n  ^"},
    {"division", "f(7 / 2)", "expected \",\" or \")\", found \"/\"", "f(7 / 2)\n    ^"},
    {"a power", "f(2**3)", "expected \",\" or \")\", found \"**\"", "f(2**3)\n   ^"},
    {"division by zero", "f(7 // (1 - 1))", "division by zero", "f(7 // (1 - 1))\n    ^"},
    {"a sum beyond 64 bits", "f(9223372036854775807 + 1)", "the integer does not fit into 64 bits",
     "f(9223372036854775807 + 1)\n                      ^"},
    {"a quotient beyond 64 bits", "f(-9223372036854775808 // -1)",
     "the integer does not fit into 64 bits",
     "f(-9223372036854775808 // -1)\n                       ^"},
    {"minus the least integer", "f(-(-9223372036854775808))",
     "the integer does not fit into 64 bits", "f(-(-9223372036854775808))\n  ^"},
    {"arithmetic of tuples", "f((2,) * 2)", "\"*\" is known between integers only",
     "f((2,) * 2)\n       ^"},
    {"arithmetic of floats", "f(1.5 + 1)", "\"+\" is known between integers only",
     "f(1.5 + 1)\n      ^"},
    {"minus a string", "f(-'a')", "a minus sign must stand before a number", "f(-'a')\n  ^"},
    {"a dot and no name", "nn.(1)", "expected a name after the dot, found \"(\"", "nn.(1)\n   ^"},
    {"a comparison", "f(a == 1)", "expected a value, found \"=\"", "f(a == 1)\n     ^"},
    {"a lambda", "f(lambda x: x)", "expected \",\" or \")\", found \"x\"",
     "f(lambda x: x)\n         ^"},
    {"prose", "a conv layer", "expected the end of the layer, found \"conv\"", "a conv layer\n  ^"},
    {"a number", "42", "expected a layer such as nn.Conv2d(1, 1, 3), found \"42\"", "42\n^"},
    {"a string", "'nn.Conv2d(1, 1, 3)'",
     "expected a layer such as nn.Conv2d(1, 1, 3), found a string", "'nn.Conv2d(1, 1, 3)'\n^"},
    {"a method of a layer", "nn.Conv2d(1, 1, 3).eval()",
     "expected a layer such as nn.Conv2d(1, 1, 3), found \"nn.Conv2d(1, 1, 3).eval()\"",
     "nn.Conv2d(1, 1, 3).eval()\n^"},
    {"a number in a chain", "nn.Sequential(nn.ReLU(), 3)",
     "expected a layer such as nn.Conv2d(1, 1, 3), found \"3\"",
     "nn.Sequential(nn.ReLU(), 3)\n                         ^"},
    {"an empty chain", "nn.Sequential()", "the text names no layer", "nn.Sequential()\n^"},
    {"a list with an error", "[nn.Conv2d(1, 1, ]", "expected a value, found \"]\"",
     "[nn.Conv2d(1, 1, ]\n                 ^"},
};

const Row kObjects[] = {
    {"the end in an object", "{\"a\": 1\n", "expected \",\" or \"}\", found the end",
     "{\"a\": 1\n       ^"},
    {"the end after a key", "{\"a\"", "expected \":\", found the end", "{\"a\"\n    ^"},
    {"the end after a colon", "{\"a\":", "expected a value, found the end", "{\"a\":\n     ^"},
    {"the end in a list", "{\"a\": [1, 2", "expected \",\" or \"]\", found the end",
     "{\"a\": [1, 2\n           ^"},
    {"the end after a bracket", "{", "expected a key in double quotes or \"}\", found the end",
     "{\n ^"},
    {"no colon", "{\"a\" 1}", "expected \":\", found \"1\"", "{\"a\" 1}\n     ^"},
    {"no comma", "{\"a\": 1 \"b\": 2}", "expected \",\" or \"}\", found a string",
     "{\"a\": 1 \"b\": 2}\n        ^"},
    {"two commas", "{\"a\": 1,, \"b\": 2}", "expected a key in double quotes, found \",\"",
     "{\"a\": 1,, \"b\": 2}\n        ^"},
    {"a comma first", "[, 1]", "expected a value or \"]\", found \",\"", "[, 1]\n ^"},
    {"a word", "{\"a\": tru}", "expected a value, found \"tru\"", "{\"a\": tru}\n      ^"},
    {"a leading zero", "{\"a\": 01}", "expected \",\" or \"}\", found \"1\"",
     "{\"a\": 01}\n       ^"},
    {"an unclosed string", "{\"a\": \"b}", "expected the closing quote of a string, found the end",
     "{\"a\": \"b}\n      ^"},
    {"a broken escape", "{\"a\": \"b\\q\"", "expected \",\" or \"}\", found the end",
     "{\"a\": \"b\\q\"\n           ^"},
    {"a raw line break in a string", "{\"a\": \"b\nc\"}", "this byte cannot stand in a JSON string",
     "{\"a\": \"b\n        ^"},
    {"broken UTF-8", "{\"a\": \"\xFF\"x}", "expected \",\" or \"}\", found \"x\"",
     "{\"a\": \"?\"x}\n         ^"},
    {"text behind", "{\"layer\": \"A\"} x", "expected the end, found \"x\"",
     "{\"layer\": \"A\"} x\n               ^"},
    {"a NUL byte behind", std::string("{\"layer\": \"A\"}\0", 15),
     "expected the end, found the byte 0x00", "{\"layer\": \"A\"}?\n              ^"},
    {"a float too large", "{\"a\": 1e999}", "the number does not fit into a float64",
     "{\"a\": 1e999}\n      ^"},
    {"an integer too large", "{\"layer\": \"A\", \"s\": [1, 9223372036854775808]}",
     "the integer does not fit into 64 bits",
     "{\"layer\": \"A\", \"s\": [1, 9223372036854775808]}\n                        ^"},
    {"an integer far too small", "{\"layer\": \"A\", \"s\": -99999999999999999999}",
     "the integer does not fit into 64 bits",
     "{\"layer\": \"A\", \"s\": -99999999999999999999}\n                    ^"},
    {"a key given twice", "{\"layer\": \"A\", \"s\": 1, \"s\": 2}", "the key \"s\" is given twice",
     "{\"layer\": \"A\", \"s\": 1, \"s\": 2}\n                       ^"},
    {"a name in a dict", "{'layer': 'A', 's': size}", "expected a value, found \"size\"",
     "{'layer': 'A', 's': size}\n                    ^"},
    {"no layer", "{\"stride\": 2}",
     "the object names no layer: \"layer\", \"spec\", \"layers\" or \"class_name\" is missing",
     "{\"stride\": 2}\n^"},
    {"a layer that is no name", "{\"layer\": 3}", "\"layer\" must be a string, found a number",
     "{\"layer\": 3}\n          ^"},
    {"a layer that is a call", "{\"layer\": \"nn.Conv2d(1)\"}",
     "\"layer\" must be the name of a layer, such as \"ConvTranspose2d\"",
     "{\"layer\": \"nn.Conv2d(1)\"}\n          ^"},
    {"an empty name", "{\"layer\": \"\"}",
     "\"layer\" must be the name of a layer, such as \"ConvTranspose2d\"",
     "{\"layer\": \"\"}\n          ^"},
    {"a framework that is no name", "{\"framework\": 1, \"layer\": \"A\"}",
     "\"framework\" must be a string, found a number",
     "{\"framework\": 1, \"layer\": \"A\"}\n              ^"},
    {"layers that are no list", "{\"layers\": \"A\"}", "\"layers\" must be a list, found a string",
     "{\"layers\": \"A\"}\n           ^"},
    {"a layer in a chain that is none", "{\"layers\": [\"A\", 3]}",
     "\"layers[1]\" must be an object or the text of a layer, found a number",
     "{\"layers\": [\"A\", 3]}\n                 ^"},
    {"no layers", "{\"layers\": []}", "the model has no layer besides its inputs",
     "{\"layers\": []}\n^"},
    {"a stray key beside layers", "{\"layers\": [], \"framwork\": 1}",
     "the key \"framwork\" has no meaning here (did you mean \"framework\"?)",
     "{\"layers\": [], \"framwork\": 1}\n                           ^"},
    {"a stray key beside spec", "{\"spec\": \"A\", \"stride\": 1}",
     "the key \"stride\" has no meaning here",
     "{\"spec\": \"A\", \"stride\": 1}\n                        ^"},
    {"tensors for several layers", "{\"spec\": \"nn.Sequential(A, B)\", \"bias\": [0]}",
     "tensors belong to one layer, and this \"spec\" has 2",
     "{\"spec\": \"nn.Sequential(A, B)\", \"bias\": [0]}\n         ^"},
    {"weights that are a number", "{\"layer\": \"A\", \"weights\": 3}",
     "\"weights\" must be a path or values, found a number",
     "{\"layer\": \"A\", \"weights\": 3}\n                          ^"},
    {"weights of paths and numbers", "{\"layer\": \"A\", \"weights\": [\"w\", 1, 3]}",
     "\"weights\" must be a path or values, found a number",
     "{\"layer\": \"A\", \"weights\": [\"w\", 1, 3]}\n                                ^"},
    {"an empty path", "{\"layer\": \"A\", \"weights\": \"\"}",
     "\"weights\" must be a path or values, found a string",
     "{\"layer\": \"A\", \"weights\": \"\"}\n                          ^"},
    {"a class that is no name", "{\"class_name\": null, \"config\": {}}",
     "\"class_name\" must be the name of a class, found null",
     "{\"class_name\": null, \"config\": {}}\n               ^"},
    {"a class without config", "{\"class_name\": \"Conv2D\"}",
     "\"config\" is missing beside \"class_name\"",
     "{\"class_name\": \"Conv2D\"}\n               ^"},
    {"a config that is no object", "{\"class_name\": \"Conv2D\", \"config\": 1}",
     "\"config\" must be an object, found a number",
     "{\"class_name\": \"Conv2D\", \"config\": 1}\n                                   ^"},
    {"a Sequential without layers", "{\"class_name\": \"Sequential\", \"config\": {}}",
     "a Sequential's config has no list \"layers\"",
     "{\"class_name\": \"Sequential\", \"config\": {}}\n                                       ^"},
    {"a Sequential of something else",
     "{\"class_name\": \"Sequential\", \"config\": [{\"layer\": \"A\"}]}",
     "an entry of a Sequential's \"layers\" has no \"class_name\"",
     "{\"class_name\": \"Sequential\", \"config\": [{\"layer\": \"A\"}]}\n"
     "                                        ^"},
};

void check(const Row& row) {
  CAPTURE(row.name);
  const Result<Spec> spec = parse_spec(row.text);
  REQUIRE_FALSE(spec);
  CHECK(spec.error().code == ErrorCode::Spec);
  CHECK(spec.error().where == "");
  CHECK(spec.error().what == row.what);
  CHECK(spec.error().excerpt == row.excerpt);
}

TEST_CASE("a malformed call is answered with what was expected, and a caret") {
  for (const Row& row : kCalls) check(row);
}

TEST_CASE("a malformed object is answered with what was expected, and a caret") {
  for (const Row& row : kObjects) check(row);
}

std::string hint_of(const std::string& text) {
  const Result<Spec> spec = parse_spec(text);
  return spec ? "no error" : spec.error().hint;
}

TEST_CASE("where a way out is known, the error says it") {
  CHECK(hint_of("f(7 / 2)") == "only + - * // of integers are computed here");
  CHECK(hint_of("f(“same”)") == "write plain ASCII quotes and minus signs");
  CHECK(hint_of("f(\xE2\x88\x92"
                "1)") == "write plain ASCII quotes and minus signs");
  CHECK(hint_of("{\"layr\": \"A\"}") == "\"layr\" is unknown (did you mean \"layer\"?)");
  CHECK(hint_of("{\"layer\": \"A()\"}") == "a whole call goes under \"spec\"");
  CHECK(hint_of("layers/first") == "there is no file of this name");
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST_CASE("64 nested brackets are read, deeper ones refused before they cost a stack") {
  // The call itself is the first.
  CHECK(parse_spec("f(" + repeated("[", 63) + repeated("]", 63) + ")"));
  for (const std::string bracket : {"(", "[", "{", "{1:", "f(", "f[", "a(b=", "(a): f("}) {
    for (const int depth : {65, 100'000}) {
      CAPTURE(bracket);
      const Result<Spec> spec = parse_spec("f(" + repeated(bracket, depth));
      REQUIRE_FALSE(spec);
      if (bracket != "{") CHECK(spec.error().what == "brackets are nested more than 64 deep");
    }
  }
  for (const std::string bracket : {"[", "{\"layers\":["}) {
    CAPTURE(bracket);
    const Result<Spec> spec = parse_spec(repeated(bracket, 100'000));
    REQUIRE_FALSE(spec);
    CHECK(spec.error().what == "brackets are nested more than 64 deep");
  }
}

TEST_CASE("long runs that nest nothing need no stack") {
  CHECK(text_of(parse_spec("f(" + repeated("-", 100'000) + "1)")) == "f(1)");
  CHECK(text_of(parse_spec("f(" + repeated("1+", 100'000) + "1)")) == "f(100001)");
  CHECK(text_of(parse_spec("f" + repeated("()", 100'000))) == "f()");
  CHECK(text_of(parse_spec(repeated("a = ", 100'000) + "f(1)")) == "f(1)");
  CHECK(parse_spec(repeated("a.", 10'000) + "f"));
}

TEST_CASE("values beyond the bound are refused") {
  CHECK(text_of(parse_spec("f(" + repeated("0,", 250'001) + ")")) ==
        "error: there are more than 250000 values");
  CHECK(text_of(parse_spec("{\"layer\":\"A\",\"s\":[0" + repeated(",0", 250'001) + "]}")) ==
        "error: there are more than 250000 values");
}

}  // namespace
}  // namespace tconv::spec
