// Tensors stored in ONNX models: every way to store them, and every way to get that wrong.
#include <doctest/doctest.h>

#include <filesystem>

#include "../support/temporary_folder.hpp"
#include "io/onnx_model.hpp"
#include "io/read.hpp"
#include "onnx_bytes.hpp"
#include "tensors.hpp"

namespace tconv::io {
namespace {

namespace onnx = tests::onnx;
using tests::put_file;
using tests::TemporaryFolder;

// A model with one initializer, called w.
std::string put_model(const TemporaryFolder& folder, const std::string& tensor) {
  put_file(folder / "m.onnx", onnx::model(onnx::initializer(tensor)));
  return folder / "m.onnx:w";
}

Error refusal(const std::string& argument) {
  const auto tensor = read_tensor(argument);
  REQUIRE_FALSE(tensor);
  return tensor.error();
}

TEST_CASE("onnx tensors: each element type, as bytes and as numbers" *
          doctest::skip(!onnx_built_in())) {
  struct Row {
    const char* name;
    int type;
    DType dtype;
    std::string data;
    std::string bytes;  // what the elements 1 and 2 are in memory
  };
  using onnx::in_memory, onnx::packed;
  const std::string floats = in_memory<float>({1, 2}), doubles = in_memory<double>({1, 2});
  const std::string int64s = in_memory<std::int64_t>({1, 2});
  const std::string int32s = in_memory<std::int32_t>({1, 2});
  const std::string int16s = in_memory<std::int16_t>({1, 2});
  const std::string halves = in_memory<std::uint16_t>({0x3c00, 0x4000});
  const std::string brains = in_memory<std::uint16_t>({0x3f80, 0x4000});
  const std::string bytes = {1, 2};
  const Row rows[] = {
      {"raw float32", onnx::kFloat, DType::Float32, onnx::raw_data(floats), floats},
      {"float_data", onnx::kFloat, DType::Float32, onnx::bytes(4, floats), floats},
      {"raw float64", onnx::kDouble, DType::Float64, onnx::raw_data(doubles), doubles},
      {"double_data", onnx::kDouble, DType::Float64, onnx::bytes(10, doubles), doubles},
      {"int64_data", onnx::kInt64, DType::Int64, packed(7, {1, 2}), int64s},
      {"uint64 in uint64_data", onnx::kUInt64, DType::UInt64, packed(11, {1, 2}), int64s},
      {"uint32 in uint64_data", onnx::kUInt32, DType::UInt32, packed(11, {1, 2}), int32s},
      {"int32_data", onnx::kInt32, DType::Int32, packed(5, {1, 2}), int32s},
      {"int16 in int32_data", onnx::kInt16, DType::Int16, packed(5, {1, 2}), int16s},
      {"uint16 in int32_data", onnx::kUInt16, DType::UInt16, packed(5, {1, 2}), int16s},
      {"int8 in int32_data", onnx::kInt8, DType::Int8, packed(5, {1, 2}), bytes},
      {"uint8 in int32_data", onnx::kUInt8, DType::UInt8, packed(5, {1, 2}), bytes},
      {"bool in int32_data", onnx::kBool, DType::Bool, packed(5, {1, 0}), {1, 0}},
      {"raw float16", onnx::kFloat16, DType::Float16, onnx::raw_data(halves), halves},
      {"float16 in int32_data", onnx::kFloat16, DType::Float16, packed(5, {0x3c00, 0x4000}),
       halves},
      {"bfloat16 in int32_data", onnx::kBFloat16, DType::BFloat16, packed(5, {0x3f80, 0x4000}),
       brains},
      {"numbers one by one", onnx::kInt32, DType::Int32, onnx::number(5, 1) + onnx::number(5, 2),
       int32s},
  };
  const TemporaryFolder folder;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    // The data first, then last: both are a tensor.
    const std::string head = onnx::tensor("w", row.type, {2});
    for (const std::string& message : {row.data + head, head + row.data}) {
      const auto tensor = read_tensor(put_model(folder, message));
      REQUIRE(tensor);
      CHECK(tensor->dtype == row.dtype);
      CHECK(tensor->shape == Shape{2});
      CHECK(tensor->name == folder / "m.onnx:w");
      CHECK(std::string(reinterpret_cast<const char*>(tensor->data.get()), row.bytes.size()) ==
            row.bytes);
    }
  }
}

TEST_CASE("onnx tensors: scalars, empty ones, Constants and what Identity passes on" *
          doctest::skip(!onnx_built_in())) {
  const TemporaryFolder folder;
  const auto constant = [](const std::string& output, const std::string& attribute) {
    return onnx::graph_node({.op = "Constant", .outputs = {output}, .attributes = attribute});
  };
  const std::string floats = onnx::in_memory<float>({1, 2, 3});
  put_file(folder / "m.onnx",
           onnx::model(
               onnx::initializer(onnx::float_tensor("scalar", {}, {5})) +
               onnx::initializer(onnx::tensor("empty", onnx::kFloat, {0, 3})) +
               constant("value",
                        onnx::tensor_attribute("value", onnx::float_tensor("", {1, 2}, {7, 8}))) +
               constant("floats",
                        onnx::bytes(5, onnx::bytes(1, "value_floats") + onnx::bytes(7, floats))) +
               constant("int", onnx::int_attribute("value_int", 9)) +
               constant("text", onnx::string_attribute("value_string", "no")) +
               onnx::graph_node({.op = "Identity", .inputs = {"value"}, .outputs = {"same"}}) +
               onnx::graph_node({.op = "Identity", .inputs = {"loop"}, .outputs = {"loop"}}) +
               onnx::graph_node({.op = "Relu", .inputs = {"value"}, .outputs = {"relu"}})));
  const auto read = [&](const std::string& name) { return read_tensor(folder / "m.onnx:" + name); };
  CHECK(tests::elements<float>(*read("scalar")) == std::vector<float>{5});
  CHECK(read("scalar")->shape.empty());
  CHECK(read("empty")->shape == Shape{0, 3});
  CHECK(tests::elements<float>(*read("value")) == std::vector<float>{7, 8});
  CHECK(tests::elements<float>(*read("floats")) == std::vector<float>{1, 2, 3});
  CHECK(tests::elements<std::int64_t>(*read("int")) == std::vector<std::int64_t>{9});
  CHECK(tests::elements<float>(*read("same")) == std::vector<float>{7, 8});
  CHECK(refusal(folder / "m.onnx:text").code == ErrorCode::Unsupported);
  CHECK(refusal(folder / "m.onnx:loop").code == ErrorCode::Usage);
  CHECK(refusal(folder / "m.onnx:relu").what ==
        "\"relu\" is computed by Relu \"\", not stored in the file");
  const Error misspelt = refusal(folder / "m.onnx:vlaue");
  CHECK(misspelt.code == ErrorCode::Usage);
  CHECK(misspelt.what == "no tensor in it is called \"vlaue\" (did you mean \"value\"?)");
  CHECK(refusal(folder / "m.onnx").what == "is a model, not a tensor");
}

TEST_CASE("onnx tensors: data in a file beside the model" * doctest::skip(!onnx_built_in())) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "sub");
  put_file(folder / "w.bin", "skip" + onnx::in_memory<float>({1, 2}) + "rest");
  put_file(folder / "sub/w.bin", onnx::in_memory<float>({3, 4}));
  put_file(folder / "secret", "12345678");
  const auto message = [](const std::string& entries) {
    return onnx::tensor("w", onnx::kFloat, {2}) + onnx::number(14, 1) + entries;
  };
  using onnx::external;
  const auto read = [&](const std::string& entries) {
    return read_tensor(put_model(folder, message(entries)));
  };
  const auto middle =
      read(external("location", "w.bin") + external("offset", "4") + external("length", "8"));
  REQUIRE(middle);
  CHECK(tests::elements<float>(*middle) == std::vector<float>{1, 2});
  const auto below = read(external("location", "sub/w.bin"));
  REQUIRE(below);
  CHECK(tests::elements<float>(*below) == std::vector<float>{3, 4});

  const std::string wrong[] = {
      "",
      external("location", ""),
      external("location", "nowhere.bin"),
      external("location", "sub"),
      external("location", folder / "secret"),
      external("location", "../" + folder.path().filename().string() + "/secret"),
      external("location", "sub/../../x"),
      external("location", std::string("secret\0.bin", 11)),
      external("location", "w.bin") + external("offset", "12"),
      external("location", "w.bin") + external("offset", "-4"),
      external("location", "w.bin") + external("offset", "9223372036854775807"),
      external("location", "w.bin") + external("offset", "99999999999999999999"),
      external("location", "w.bin") + external("offset", "4x"),
      external("location", "w.bin") + external("length", "4"),
      external("location", "w.bin") + external("length", "9223372036854775807"),
  };
  for (const std::string& entries : wrong) {
    CAPTURE(entries);
    CHECK(refusal(put_model(folder, message(entries))).code == ErrorCode::Input);
  }
}

TEST_CASE("onnx tensors: dims and data that do not fit" * doctest::skip(!onnx_built_in())) {
  struct Row {
    const char* name;
    std::string tensor;
    ErrorCode code;
  };
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  const std::string two = onnx::raw_data(onnx::in_memory<float>({1, 2}));
  const auto head = [](const Shape& dims, int type = onnx::kFloat) {
    return onnx::tensor("w", type, dims);
  };
  const Row rows[] = {
      {"fewer bytes", head({3}) + two, ErrorCode::Input},
      {"more bytes", head({1}) + two, ErrorCode::Input},
      {"no data", head({2}), ErrorCode::Input},
      {"no data for many", head({std::int64_t{1} << 40}), ErrorCode::Input},
      {"a negative extent", head({-2}) + two, ErrorCode::ShapeMismatch},
      {"two negative extents", head({-2, -1}) + two, ErrorCode::ShapeMismatch},
      {"a product beyond 63 bits", head({kHuge, kHuge}) + two, ErrorCode::ShapeMismatch},
      {"a product that wraps to 2", head({kHuge, 4, 2}) + two, ErrorCode::ShapeMismatch},
      {"numbers in the wrong field", head({2}) + onnx::packed(7, {1, 2}), ErrorCode::Input},
      {"both bytes and numbers", head({2}) + two + onnx::bytes(4, "12345678"), ErrorCode::Input},
      {"a number too large for int8", head({1}, onnx::kInt8) + onnx::packed(5, {200}),
       ErrorCode::Input},
      {"a number too large for bool", head({1}, onnx::kBool) + onnx::packed(5, {2}),
       ErrorCode::Input},
      {"half of a float", head({1}) + onnx::bytes(4, "123456"), ErrorCode::Input},
      {"no type", head({2}, 0) + two, ErrorCode::Input},
      {"a type unheard of", head({2}, 99) + two, ErrorCode::Input},
      {"strings", head({1}, onnx::kString) + onnx::bytes(6, "a"), ErrorCode::Unsupported},
      {"8-bit floats", head({8}, onnx::kFloat8) + two, ErrorCode::Unsupported},
      {"a segment", head({2}) + onnx::bytes(3, "") + two, ErrorCode::Unsupported},
  };
  const TemporaryFolder folder;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Error error = refusal(put_model(folder, row.tensor));
    CHECK(error.code == row.code);
    CHECK(error.where == folder / "m.onnx:w");
  }
}

TEST_CASE("onnx tensors: names that mean two things, and sparse ones" *
          doctest::skip(!onnx_built_in())) {
  const TemporaryFolder folder;
  const std::string w = onnx::float_tensor("w", {1}, {1}), s = onnx::float_tensor("s", {1}, {1});
  put_file(folder / "m.onnx", onnx::model(onnx::initializer(w) + onnx::initializer(w) +
                                          onnx::bytes(15, onnx::bytes(1, s))));
  CHECK(refusal(folder / "m.onnx:w").what == "\"w\" means 2 things in this file");
  CHECK(refusal(folder / "m.onnx:s").code == ErrorCode::Unsupported);
}

}  // namespace
}  // namespace tconv::io
