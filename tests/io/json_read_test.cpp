// Tensors from JSON: shapes, dtypes, special words, and errors that say where.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "io/json.hpp"
#include "tensors.hpp"

namespace tconv::io {
namespace {

using tests::elements;

Tensor read(const std::string& text) {
  CAPTURE(text);
  auto tensor = read_json(text, "x.json");
  REQUIRE(tensor);
  CHECK(tensor->name == "x.json");
  return *std::move(tensor);
}

Error refusal(const std::string& text) {
  const auto tensor = read_json(text, "x.json");
  CAPTURE(text);
  REQUIRE_FALSE(tensor);
  CHECK(tensor.error().where == "x.json");
  CHECK(
      (tensor.error().code == ErrorCode::Input || tensor.error().code == ErrorCode::ShapeMismatch));
  return tensor.error();
}

TEST_CASE("read_json: nested arrays give the shape, and untyped float64") {
  const Tensor tensor = read(" [[[1, 2.5, -3e2]],\n [[true, false, 0]]] ");
  CHECK(tensor.shape == Shape{2, 1, 3});
  CHECK(tensor.dtype == DType::Float64);
  CHECK(tensor.untyped);
  CHECK(elements<double>(tensor) == std::vector<double>{1, 2.5, -300, 1, 0, 0});
}

TEST_CASE("read_json: scalars and empty arrays") {
  CHECK(read("5").shape == Shape{});
  CHECK(elements<double>(read("-0.5")) == std::vector<double>{-0.5});
  CHECK(read("[]").shape == Shape{0});
  CHECK(read("[[], []]").shape == Shape{2, 0});
  CHECK(read("[[[]]]").shape == Shape{1, 1, 0});
}

TEST_CASE("read_json: an object names shape and dtype, its keys in any order") {
  for (const std::string text : {
           R"({"shape": [2, 3], "dtype": "float32", "data": [[0, 1, 2], [3, 4, 5]]})",
           R"({"data": [0, 1, 2, 3, 4, 5], "dtype": "float32", "shape": [2, 3]})",
           R"({"dtype": "float32", "data": [[0, 1, 2], [3, 4, 5]]})",
       }) {
    const Tensor tensor = read(text);
    CHECK(tensor.shape == Shape{2, 3});
    CHECK(tensor.dtype == DType::Float32);
    CHECK_FALSE(tensor.untyped);
    CHECK(elements<float>(tensor) == std::vector<float>{0, 1, 2, 3, 4, 5});
  }
  CHECK(read(R"({"shape": [1, 4], "data": [1, 2, 3, 4]})").untyped);
  CHECK(read(R"({"shape": [0, 3], "data": []})").shape == Shape{0, 3});
  CHECK(read(R"({"shape": [2, 0, 3], "data": [[], []]})").shape == Shape{2, 0, 3});
  CHECK(read(R"({"shape": [], "data": 7})").shape == Shape{});
  CHECK(read(R"({"shape": [], "data": [7]})").shape == Shape{});
}

TEST_CASE("read_json: NaN and infinities are strings, in any case") {
  const auto values = elements<float>(read(
      R"({"dtype": "float32", "data": ["NaN", "nan", "Infinity", "-Infinity", "inf", "-INF"]})"));
  CHECK(std::isnan(values[0]));
  CHECK(std::isnan(values[1]));
  CHECK(values[2] == std::numeric_limits<float>::infinity());
  CHECK(values[3] == -std::numeric_limits<float>::infinity());
  CHECK(values[4] == std::numeric_limits<float>::infinity());
  CHECK(values[5] == -std::numeric_limits<float>::infinity());
}

TEST_CASE("read_json: integers keep all their bits, at both ends of every type") {
  CHECK(elements<std::int64_t>(read(
            R"({"dtype": "int64", "data": [-9223372036854775808, 9223372036854775807, 1e3]})")) ==
        std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max(), 1000});
  CHECK(elements<std::uint64_t>(read(R"({"dtype": "uint64", "data": [18446744073709551615]})")) ==
        std::vector<std::uint64_t>{~std::uint64_t{0}});
  CHECK(elements<std::int8_t>(read(R"({"dtype": "int8", "data": [-128, 127, 2.0]})")) ==
        std::vector<std::int8_t>{-128, 127, 2});
  CHECK(elements<std::uint8_t>(read(R"({"dtype": "bool", "data": [true, 0, 1]})")) ==
        std::vector<std::uint8_t>{1, 0, 1});
}

// 1 + 2^-24 + 2^-54 as a double is the tie 1 + 2^-24, which would round on to 1.
TEST_CASE("read_json: a float32 is rounded once, from its digits") {
  const std::string digits = "1.00000005960464483090960025787353515625";
  CHECK(elements<float>(read(R"({"dtype": "float32", "data": [)" + digits + "]}"))[0] ==
        1.0F + 0x1p-23F);
}

TEST_CASE("read_json: numbers too small become zero or subnormal, not an error") {
  const auto values =
      elements<float>(read(R"({"dtype": "float32", "data": [1e-50, -1e-50, 1e-45, 1e-400]})"));
  CHECK(values[0] == 0.0F);
  CHECK(std::signbit(values[1]));
  CHECK(values[2] == std::numeric_limits<float>::denorm_min());
  CHECK(values[3] == 0.0F);
}

TEST_CASE("read_json: values that do not go into the dtype say where and which") {
  CHECK(refusal(R"({"dtype": "float16", "data": [[0, 70000]]})").what ==
        "70000 at [0][1] is too large for float16");
  CHECK(refusal(R"({"dtype": "float32", "data": [1e39]})").what ==
        "1e39 at [0] is too large for float32");
  CHECK(refusal(R"({"dtype": "bfloat16", "data": -1e39})").what ==
        "-1e39 is too large for bfloat16");
  CHECK(refusal(R"({"dtype": "int32", "data": [[1, 2], [3, 3.5]]})").what ==
        "3.5 at [1][1] is not an integer, as int32 needs");
  CHECK(refusal(R"({"dtype": "uint8", "data": [300]})").what ==
        "300 at [0] is not in the range of uint8, 0 to 255");
  CHECK(refusal(R"({"dtype": "int8", "data": [-129]})").what ==
        "-129 at [0] is not in the range of int8, -128 to 127");
  CHECK(refusal(R"({"dtype": "int64", "data": [9223372036854775808]})").what ==
        "9223372036854775808 at [0] is not in the range of int64, -9223372036854775808 to "
        "9223372036854775807");
  CHECK(refusal(R"({"dtype": "uint64", "data": [1e20]})").what ==
        "1e20 at [0] is not in the range of uint64, 0 to 18446744073709551615");
  CHECK(refusal(R"({"dtype": "int32", "data": ["NaN"]})").what ==
        "\"NaN\" at [0] is not an integer, as int32 needs");
  CHECK(refusal(R"({"dtype": "bool", "data": [2]})").what ==
        "2 at [0] is neither true nor false, 1 nor 0");
  CHECK(refusal(R"({"shape": [2, 2], "data": [1, 2, 3, null]})").what ==
        "null at [3] is not a number");
  CHECK(refusal(R"(["one"])").what == "\"one\" at [0] is not a number");
}

TEST_CASE("read_json: a number beyond float64 points at itself") {
  const auto error = refusal("[[1, 1e400]]");
  CHECK(error.what == "line 1, column 6: 1e400 is too large for float64");
  CHECK(error.excerpt.find("[[1, 1e400]]") != std::string::npos);
}

TEST_CASE("read_json: ragged rows are named by their path") {
  CHECK(refusal("[[[0,0,0,0],[0,0,0,0],[0,0,0,0]],[[0,0,0,0],[0,0,0,0],[0,0,0]]]").what ==
        "row [1][2] has 3 elements, the rows before it have 4");
  CHECK(refusal("[[1, 2], [3]]").what == "row [1] has 1 element, the rows before it have 2");
  CHECK(refusal("[[], [1]]").what == "row [1] has 1 element, the rows before it have 0");
  CHECK(refusal("[[[1]], []]").what == "row [1] has 0 elements, the rows before it have 1");
  CHECK(refusal("[1, [2]]").what == "[1] is a row, the elements before it are numbers");
  CHECK(refusal("[[1], 2]").what == "[1] is a number, the elements before it are rows");
  CHECK(refusal("[[], 2]").what == "[1] is a number, the elements before it are rows");
  CHECK(refusal("[[[1]], [2]]").what == "[1][0] is a number, the elements before it are rows");
}

TEST_CASE("read_json: shape and data that disagree give both") {
  CHECK(refusal(R"({"shape": [2, 3], "data": [1, 2, 3]})").what ==
        R"("shape" (2, 3) needs 6 elements, "data" has 3)");
  CHECK(refusal(R"({"shape": [3, 2], "data": [[1, 2, 3], [4, 5, 6]]})").what ==
        R"("shape" says (3, 2), "data" is nested as (2, 3))");
  CHECK(refusal(R"({"shape": [1], "data": 5})").what ==
        R"("shape" says (1,), "data" is nested as ())");
  CHECK(refusal(R"({"shape": [4294967296, 4294967296], "data": []})").code ==
        ErrorCode::ShapeMismatch);
  CHECK(refusal(R"({"shape": [1000000000, 1000000], "data": []})").what ==
        R"("shape" (1000000000, 1000000) needs 1000000000000000 elements, "data" has 0)");
}

TEST_CASE("read_json: objects with the wrong keys or values") {
  CHECK(refusal(R"({"shpae": [1], "data": [1]})").what ==
        R"(key "shpae" is not one of "shape", "dtype", "data" (did you mean "shape"?))");
  CHECK(refusal(R"({"dtype": "flaot32", "data": [1]})").what ==
        R"(dtype "flaot32" is not known (did you mean "float32"?))");
  CHECK(refusal(R"({"shape": [1]})").what == R"(the object has no "data")");
  CHECK(refusal(R"({"data": [1], "data": [2]})").what == R"(key "data" is there twice)");
  CHECK(refusal(R"({"shape": [-1], "data": [1]})").what ==
        R"("shape" is a list of integers from 0 up, not -1)");
  for (const std::string text : {
           R"({"shape": 3, "data": [1]})",
           R"({"shape": [1.5], "data": [1]})",
           R"({"shape": [[1]], "data": [1]})",
           R"({"shape": {}, "data": [1]})",
           R"({"shape": [18446744073709551615], "data": [1]})",
           R"({"dtype": 3, "data": [1]})",
           R"({"dtype": ["float32"], "data": [1]})",
           R"({"data": {"a": 1}})",
           R"([{"a": 1}])",
       }) {
    CHECK(refusal(text).code == ErrorCode::Input);
  }
}

TEST_CASE("read_json: syntax errors have a line, a column, and a caret") {
  const auto comma = refusal("[[0, 1],\n [2,, 3]]");
  CHECK(comma.code == ErrorCode::Input);
  CHECK(comma.what.starts_with("line 2, column 5: unexpected ','"));
  CHECK(comma.excerpt.find(" [2,, 3]]\n") != std::string::npos);
  CHECK(refusal("[1, 2").what == "line 1, column 6: unexpected end of input; expected ']'");
  CHECK(refusal("").what.starts_with("line 1, column 1: "));
  CHECK(refusal("[1] 2").what.starts_with("line 1, column 5: "));
  CHECK(refusal("[NaN]").hint == R"(quote it: "NaN", "Infinity", "-Infinity")");
  CHECK(refusal("[0, -Infinity]").what.starts_with("line 1, column "));
  CHECK(refusal("[\"\x01\"]").excerpt.find('\x01') == std::string::npos);
}

TEST_CASE("read_json: nesting has an end") {
  CHECK(read(std::string(64, '[') + std::string(64, ']')).shape.size() == 64);
  CHECK(refusal(std::string(65, '[') + std::string(65, ']')).what ==
        "rows are nested more than 64 deep");
  CHECK(refusal(std::string(1000000, '[')).what == "rows are nested more than 64 deep");
}

TEST_CASE("read_json: a text cut anywhere is refused or a shorter number, and never crashes") {
  const std::string text =
      R"({"shape": [2, 2], "dtype": "float32", "data": [[1, 2.5], ["NaN", -3e2]]})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK_FALSE(read_json(text.substr(0, size), "x.json"));
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char byte : std::string("\0\"[]{},:-1e\xff", 13)) {
      std::string changed = text;
      changed[at] = byte;
      (void)read_json(changed, "x.json");  // any answer will do
    }
  }
}

}  // namespace
}  // namespace tconv::io
