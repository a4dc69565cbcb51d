// safetensors files: what the library writes, and the ways a header can lie about the bytes.
// tests/io/archives.py does the same with files from the library itself.
#include "io/safetensors.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "io/safetensors_header.hpp"
#include "tensors.hpp"
#include "zip_bytes.hpp"

namespace tconv::io {
namespace {

using tests::elements;
using tests::little_endian;
using tests::mapped;
using tests::raw;

const std::vector<float> kSix{0, 1, 2, 3, 4, 5};

std::string file_of(const std::string& header, const std::string& data) {
  return little_endian(header.size(), 8) + header + data;
}

Result<Tensor> read(const std::string& file, std::string_view member = "") {
  return read_safetensors(mapped(file), "m.safetensors", member);
}

Error refusal(const std::string& header, const std::string& data = {}) {
  const auto tensor = read(file_of(header, data));
  REQUIRE_FALSE(tensor);
  CHECK(tensor.error().where == "m.safetensors");
  return tensor.error();
}

const std::string kTwo =
    R"({"__metadata__": {"format": "pt"},)"
    R"( "up.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [2, 26]},)"
    R"( "half": {"shape": [], "data_offsets": [0, 2], "dtype": "BF16"}}  )";

TEST_CASE("read_safetensors: tensors in place") {
  const auto file = mapped(file_of(kTwo, "\x80\x3f" + raw(kSix)));
  const auto tensor = read_safetensors(file, "m.safetensors", "up.weight");
  REQUIRE(tensor);
  CHECK(tensor->name == "m.safetensors:up.weight");
  CHECK(tensor->dtype == DType::Float32);
  CHECK(tensor->shape == Shape{2, 3});
  CHECK(elements<float>(*tensor) == kSix);
  CHECK(tensor->data.get() == file.data.get() + 8 + kTwo.size() + 2);
  const auto half = read_safetensors(file, "m.safetensors", "half");
  REQUIRE(half);
  CHECK(half->dtype == DType::BFloat16);
  CHECK(half->shape == Shape{});
  CHECK(elements<std::uint16_t>(*half) == std::vector<std::uint16_t>{0x3f80});
}

TEST_CASE("read_safetensors: every element type") {
  struct Case {
    std::string name{};
    DType dtype = DType::Bool;
  };
  for (const Case& c :
       {Case{"BOOL", DType::Bool}, Case{"I8", DType::Int8}, Case{"I16", DType::Int16},
        Case{"I32", DType::Int32}, Case{"I64", DType::Int64}, Case{"U8", DType::UInt8},
        Case{"U16", DType::UInt16}, Case{"U32", DType::UInt32}, Case{"U64", DType::UInt64},
        Case{"F16", DType::Float16}, Case{"BF16", DType::BFloat16}, Case{"F32", DType::Float32},
        Case{"F64", DType::Float64}}) {
    CAPTURE(c.name);
    const auto bytes = static_cast<std::size_t>(2 * size_bytes(c.dtype));
    const auto tensor =
        read(file_of(R"({"a":{"dtype":")" + c.name + R"(","shape":[2],"data_offsets":[0,)" +
                         std::to_string(bytes) + "]}}",
                     std::string(bytes, '\1')));
    REQUIRE(tensor);
    CHECK(tensor->dtype == c.dtype);
  }
}

TEST_CASE("read_safetensors: which tensor is meant") {
  const std::string file = file_of(kTwo, "\x80\x3f" + raw(kSix));
  CHECK(read(file).error().what == "there are 2 tensors in it, say which: m.safetensors:up.weight");
  CHECK(read(file, "up.wieght").error().what ==
        "no tensor in it is called \"up.wieght\" (did you mean \"up.weight\"?)");
  CHECK(read(file, "__metadata__").error().code == ErrorCode::Usage);
  CHECK(refusal("{}").what == "there is no tensor in it");
  const std::string float8 =
      file_of(R"({"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]}})", "abc");
  CHECK(read(float8).error().what == "elements of F8_E4M3 are none that tconv reads");
  CHECK(read(float8).error().code == ErrorCode::DTypeMismatch);
  const auto members = safetensors_members(mapped(float8), "m.safetensors");
  REQUIRE(members);
  CHECK((*members)[0].dtype == "F8_E4M3");
  CHECK_FALSE((*members)[0].problem.empty());
}

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets) {
  return "\"" + name + R"(": {"dtype": "F32", "shape": )" + shape + R"(, "data_offsets": )" +
         offsets + "}";
}

TEST_CASE("read_safetensors: data that overlap, miss bytes or are not there") {
  const std::string data(24, '\0');
  const auto two = [&](const std::string& a, const std::string& b) {
    return refusal("{" + entry("a", "[3]", a) + ", " + entry("b", "[3]", b) + "}", data).what;
  };
  CHECK(two("[0, 12]", "[8, 20]") == "\"b\": its data begin at byte 8, those before it end at 12");
  CHECK(two("[0, 12]", "[0, 12]") == "\"b\": its data begin at byte 0, those before it end at 12");
  CHECK(two("[12, 24]", "[16, 28]") ==
        "\"b\": its data are bytes 16 to 28, the file has 24 after its header");
  CHECK(refusal("{" + entry("a", "[3]", "[0, 12]") + "}", data).what ==
        "the tensors take 12 bytes, the file has 24 after its header");
  CHECK(refusal("{" + entry("a", "[3]", "[12, 24]") + "}", data).what ==
        "\"a\": its data begin at byte 12, those before it end at 0");
  CHECK(refusal("{" + entry("a", "[3]", "[12, 0]") + "}", data).what ==
        "\"a\": its data are bytes 12 to 0, the file has 24 after its header");
  CHECK(refusal("{" + entry("a", "[5]", "[0, 24]") + "}", data).what ==
        "\"a\": shape (5,) of F32 takes 20 bytes, its data have 24");
  CHECK(refusal("{" + entry("a", "[4294967296, 4294967296]", "[0, 24]") + "}", data)
            .what.find("63 bits") != std::string::npos);
  CHECK(refusal("{" + entry("a", "[3]", "[0, 9223372036854775807]") + "}", data).code ==
        ErrorCode::Input);
  // Tensors without elements share a place with others.
  CHECK(read(file_of("{" + entry("a", "[6]", "[0, 24]") + "," + entry("b", "[0, 9]", "[0, 0]") +
                         "," + entry("c", "[0]", "[24, 24]") + "}",
                     data),
             "b"));
}

TEST_CASE("read_safetensors: headers that are none") {
  const auto length = [](std::uint64_t bytes) {
    const auto tensor = read(little_endian(bytes, 8) + "{}");
    REQUIRE_FALSE(tensor);
    return tensor.error().what;
  };
  CHECK(length(3) == "expected 3 header bytes, found 2");
  CHECK(length(100'000'001) ==
        "is no safetensors file: its header would have 100000001 bytes, more than 100000000");
  CHECK(length(~std::uint64_t{0}).starts_with("is no safetensors file"));
  CHECK(read("").error().what == "expected 8 bytes that tell the header's length, found 0");
  const std::string good = entry("a", "[1]", "[0, 4]");
  for (const std::string& header :
       {std::string(),
        std::string("["),
        std::string("[]"),
        std::string("{"),
        std::string("{}x"),
        std::string(" {}"),
        "{" + good,
        "{" + good + ",}",
        "{" + good + "," + good + "}",
        std::string(R"({"a": 1})"),
        std::string(R"({"a": []})"),
        std::string(R"({"a": {}})"),
        std::string(R"({"a": null})"),
        "{" + entry("a", "[-1]", "[0, 4]") + "}",
        "{" + entry("a", "[1.0]", "[0, 4]") + "}",
        "{" + entry("a", "1", "[0, 4]") + "}",
        "{" + entry("a", "[[1]]", "[0, 4]") + "}",
        "{" + entry("a", "[1]", "[0]") + "}",
        "{" + entry("a", "[1]", "[0, 4, 8]") + "}",
        "{" + entry("a", "[1]", "{}") + "}",
        "{" + entry("a", "[18446744073709551615]", "[0, 4]") + "}",
        "{" + entry("a", "[99999999999999999999]", "[0, 4]") + "}",
        std::string(
            R"({"a": {"dtype": "F32", "dtype": "F32", "shape": [1], "data_offsets": [0,4]}})"),
        std::string(R"({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0,4]}})"),
        std::string(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0,4], "more": 1}})"),
        std::string(R"({"a": {"dtype": "F32", "shape": [1]}})"),
        std::string(R"({"__metadata__": {"a": 1}})"),
        std::string(R"({"__metadata__": {"a": {}}})"),
        std::string(R"({"__metadata__": 1})"),
        std::string("{\"\xff\": {}}")}) {
    CAPTURE(header);
    CHECK(refusal(header, std::string(4, '\0')).code == ErrorCode::Input);
  }
  CHECK(refusal("{" + good + "," + good + "}", std::string(4, '\0')).what ==
        "\"a\": is there twice");
}

TEST_CASE("read_safetensors: a file cut at any byte is refused, and never read past") {
  const std::string file = file_of(kTwo, "\x80\x3f" + raw(kSix));
  for (std::size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read(file.substr(0, size), "half"));
  }
  CHECK_FALSE(read(file + "x", "half"));
}

TEST_CASE("read_safetensors: a file with any one byte of its header changed does no harm") {
  const std::string file = file_of(kTwo, "\x80\x3f" + raw(kSix));
  int read_count = 0;
  for (std::size_t at = 0; at < 8 + kTwo.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = file;
      changed[at] = static_cast<char>(byte);
      const auto tensor = read(changed, "up.weight");
      if (!tensor) continue;
      ++read_count;
      CHECK(converted(*tensor, tensor->dtype));
    }
  }
  CHECK(read_count >= static_cast<int>(kTwo.size()));  // at least the files left as they were
}

}  // namespace
}  // namespace tconv::io
