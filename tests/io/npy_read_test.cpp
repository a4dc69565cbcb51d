// .npy files: every version, dtype and order NumPy writes, and the ways a file can lie about
// itself.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "io/npy.hpp"
#include "io/npy_header.hpp"
#include "tensors.hpp"

namespace tconv::io {
namespace {

using tests::elements;
using tests::npy_dict;
using tests::npy_file;
using tests::raw;

Result<Tensor> read(const std::string& file, bool void2_is_bfloat16 = false) {
  return read_npy(tests::mapped(file), "x.npy", void2_is_bfloat16);
}

Error refusal(const std::string& file) {
  const auto tensor = read(file);
  REQUIRE_FALSE(tensor);
  CHECK(tensor.error().where == "x.npy");
  return tensor.error();
}

const std::vector<float> kSix{0, 1, 2, 3, 4, 5};

TEST_CASE("read_npy: versions 1, 2 and 3") {
  for (const int version : {1, 2, 3}) {
    CAPTURE(version);
    const auto tensor = read(npy_file(npy_dict("<f4", "(2, 3)"), raw(kSix), version));
    REQUIRE(tensor);
    CHECK(tensor->shape == Shape{2, 3});
    CHECK(tensor->strides == Shape{3, 1});
    CHECK(tensor->name == "x.npy");
    CHECK(elements<float>(*tensor) == kSix);
  }
  CHECK(refusal(npy_file(npy_dict("<f4", "(2, 3)"), raw(kSix), 4)).what ==
        "version 4.0 of the .npy format is not known; 1.0 to 3.0 are");
}

struct DescrCase {
  std::string descr{};
  DType dtype = DType::Float32;
  bool swapped = false;
};

TEST_CASE("read_npy: element types in every byte order") {
  const DescrCase cases[] = {
      {"|b1", DType::Bool},         {"?", DType::Bool},
      {"|i1", DType::Int8},         {"<i2", DType::Int16},
      {">i2", DType::Int16, true},  {"<i4", DType::Int32},
      {"=i4", DType::Int32},        {"i8", DType::Int64},
      {">i8", DType::Int64, true},  {"|u1", DType::UInt8},
      {">u1", DType::UInt8, false}, {"<u2", DType::UInt16},
      {"<u4", DType::UInt32},       {">u8", DType::UInt64, true},
      {"<f2", DType::Float16},      {">f2", DType::Float16, true},
      {"<f4", DType::Float32},      {">f4", DType::Float32, true},
      {"<f8", DType::Float64},      {">f8", DType::Float64, true},
      {"float32", DType::Float32},
  };
  for (const DescrCase& c : cases) {
    CAPTURE(c.descr);
    const auto tensor = read(npy_file(npy_dict(c.descr, "(1,)"), std::string(8, '\0')));
    REQUIRE(tensor);
    CHECK(tensor->dtype == c.dtype);
    CHECK(tensor->swapped == c.swapped);
  }
}

TEST_CASE("read_npy: two raw bytes are bfloat16 only where the caller says so") {
  for (const std::string descr : {"<V2", "|V2", "V2"}) {
    const auto file = npy_file(npy_dict(descr, "(1,)"), raw<std::uint16_t>({0x3f80}));
    const auto tensor = read(file, true);
    REQUIRE(tensor);
    CHECK(tensor->dtype == DType::BFloat16);
    const auto error = refusal(file);
    CHECK(error.code == ErrorCode::DTypeMismatch);
    CHECK(error.hint.find("--dtype bfloat16") != std::string::npos);
  }
}

TEST_CASE("read_npy: Fortran order is a matter of strides") {
  const auto tensor = read(npy_file(npy_dict("<f4", "(2, 3)", "True"), raw(kSix)));
  REQUIRE(tensor);
  CHECK(tensor->strides == Shape{1, 2});
  CHECK(elements<float>(*converted(*tensor, DType::Float32)) ==
        std::vector<float>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("read_npy: big-endian values are what they were") {
  const auto tensor = read(npy_file(npy_dict(">f4", "(1,)"), std::string("\x3f\xc0\0\0", 4)));
  REQUIRE(tensor);
  CHECK(elements<float>(*converted(*tensor, DType::Float32)) == std::vector<float>{1.5F});
}

TEST_CASE("read_npy: scalars and empty arrays") {
  const auto scalar = read(npy_file(npy_dict("<f4", "()"), raw<float>({2.5F})));
  REQUIRE(scalar);
  CHECK(scalar->shape == Shape{});
  CHECK(elements<float>(*scalar) == std::vector<float>{2.5F});
  const auto empty = read(npy_file(npy_dict("<f4", "(0, 3)", "True")));
  REQUIRE(empty);
  CHECK(empty->shape == Shape{0, 3});
}

TEST_CASE("read_npy: headers as other writers lay them out") {
  for (const std::string dict : {
           "{'shape':(2,3),'fortran_order':False,'descr':'<f4'}",
           "  { \"descr\" : \"<f4\" , \"fortran_order\":\tFalse,\n'shape': ( 2 , 3 , ) , }  \n",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }",  // Python 2
       }) {
    CAPTURE(dict);
    const auto tensor = read(npy_file(dict, raw(kSix)));
    REQUIRE(tensor);
    CHECK(tensor->shape == Shape{2, 3});
  }
}

TEST_CASE("read_npy: bytes after the data are ignored, as numpy.load does") {
  CHECK(read(npy_file(npy_dict("<f4", "(2, 3)"), raw(kSix) + "more")));
}

TEST_CASE("read_npy: a file cut at any byte is refused, and never read past") {
  const std::string file = npy_file(npy_dict("<f4", "(2, 3)"), raw(kSix));
  for (std::size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read(file.substr(0, size)));
  }
  const auto error = refusal(file.substr(0, file.size() - 1));
  CHECK(error.code == ErrorCode::Input);
  CHECK(error.what == "expected 24 data bytes for shape (2, 3) of '<f4', found 23");
  CHECK(refusal(npy_file("{'descr'").substr(0, 14)).what == "expected 8 header bytes, found 4");
}

TEST_CASE("read_npy: elements that are no numbers are refused with a way out") {
  struct Case {
    std::string descr, word;
  };
  for (const Case& c :
       {Case{"|O", "Python objects"}, Case{"O8", "Python objects"}, Case{"<c8", "complex"},
        Case{"<U5", "strings"}, Case{"|S3", "strings"}, Case{"<M8[ns]", "dates"},
        Case{"<f16", "another width"}, Case{"<g", "another width"}, Case{"|V8", "raw bytes"}}) {
    CAPTURE(c.descr);
    const auto error = refusal(npy_file(npy_dict(c.descr, "(1,)"), std::string(64, '\0')));
    CHECK(error.code == ErrorCode::DTypeMismatch);
    CHECK(error.what.find("'" + c.descr + "'") != std::string::npos);
    CHECK(error.what.find(c.word) != std::string::npos);
    CHECK_FALSE(error.hint.empty());
  }
  CHECK(refusal(npy_file(npy_dict("|O", "(1,)"))).hint.find("pickle is never read") !=
        std::string::npos);
  CHECK(refusal(npy_file(npy_dict("zz", "(1,)"))).what == "element type 'zz' is not known");
  CHECK(refusal(npy_file(npy_dict("", "(1,)"))).what == "element type '' is not known");
  CHECK(refusal(npy_file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"))
            .what.find("records") != std::string::npos);
}

TEST_CASE("read_npy: shapes that lie are refused before anything is allocated") {
  CHECK(
      refusal(npy_file(npy_dict("<f4", "(1000000, 1000000, 1000)"))).what ==
      "expected 4000000000000000 data bytes for shape (1000000, 1000000, 1000) of '<f4', found 0");
  CHECK(refusal(npy_file(npy_dict("<f8", "(4294967296, 4294967296)"))).code ==
        ErrorCode::ShapeMismatch);
  CHECK(refusal(npy_file(npy_dict("<f8", "(0, 4294967296, 4294967296)"))).code ==
        ErrorCode::ShapeMismatch);
  CHECK(refusal(npy_file(npy_dict("<f8", "(99999999999999999999,)"))).code == ErrorCode::Input);
  CHECK(refusal(npy_file(npy_dict("<f8", "(-2, 3)"))).what ==
        "header: shape has the negative extent -2");
  std::string axes = "(";
  for (int i = 0; i < 65; ++i) axes += "1,";
  CHECK(refusal(npy_file(npy_dict("<f8", axes + ")"))).what ==
        "header: shape has more than 64 axes");
}

TEST_CASE("read_npy: malformed headers") {
  for (const std::string dict : {
           "",
           "{",
           "}",
           "{}",
           "{,}",
           "garbage",
           "{'descr': '<f4'}",
           "{'descr': '<f4', 'shape': (1,)}",
           "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (True,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}}",
           "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
           "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
           "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (1,)}",
           "{'descr': 4, 'fortran_order': False, 'shape': (1,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
       }) {
    CAPTURE(dict);
    CHECK(refusal(npy_file(dict, std::string(64, '\0'))).code == ErrorCode::Input);
  }
  CHECK(refusal(npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'mo\x1bre': 1}"))
            .what == "header: key 'mo?re' is not one of 'descr', 'fortran_order', 'shape'");
  CHECK(refusal("").what == "not an .npy file: it does not begin with \\x93NUMPY and a version");
  CHECK(refusal(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff{", 13)).what ==
        "expected 4294967295 header bytes, found 1");
}

// Every single-byte change of a valid file: refused or read, but never out of bounds.
TEST_CASE("read_npy: a file with any one byte changed does no harm") {
  const std::string file = npy_file(npy_dict("<f4", "(2, 3)"), raw(kSix));
  const std::size_t header = file.size() - raw(kSix).size();
  int read_count = 0;
  for (std::size_t at = 0; at < header; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = file;
      changed[at] = static_cast<char>(byte);
      const auto tensor = read(changed);
      if (!tensor) continue;
      ++read_count;
      CHECK(converted(*tensor, tensor->dtype));
    }
  }
  CHECK(read_count >= static_cast<int>(header));  // at least the files left as they were
}

}  // namespace
}  // namespace tconv::io
