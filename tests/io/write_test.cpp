// Tensors to .npy and JSON, to files and descriptors.
#include "io/write.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "tensors.hpp"

namespace tconv::io {
namespace {

using tests::file_bytes;
using tests::TemporaryFolder;
using tests::tensor_of;

TEST_CASE("formats: by name and by extension") {
  CHECK(format_from_name("text") == Format::Text);
  CHECK(format_from_name("json") == Format::Json);
  CHECK(format_from_name("npy") == Format::Npy);
  CHECK_FALSE(format_from_name("NPY"));
  CHECK(format_from_path("out/y.npy") == Format::Npy);
  CHECK(format_from_path("y.json") == Format::Json);
  CHECK(format_from_path("y.txt") == Format::Text);
  CHECK(format_from_name("npz") == Format::Npz);
  CHECK(format_from_path("y.npz") == Format::Npz);
  CHECK(format_from_path("out/y.npz:up/kernel.1") == Format::Npz);
  CHECK_FALSE(format_from_path("npy"));
}

struct HeaderCase {
  DType dtype = DType::Float32;
  Shape shape{};
  std::string dict{};  // before the padding
  std::size_t size = 128;
};

// Dicts and sizes as numpy.save of NumPy 2.4.6 writes them, which leaves room for the first extent
// to grow to 21 digits. bfloat16 is tconv's own.
TEST_CASE("npy_header: the bytes of numpy.save") {
  const HeaderCase cases[] = {
      {DType::Float32,
       {1, 1, 5, 5},
       "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 5, 5), }"},
      {DType::Float64, {3}, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"},
      {DType::Int64, {}, "{'descr': '<i8', 'fortran_order': False, 'shape': (), }"},
      {DType::Bool, {0, 2}, "{'descr': '|b1', 'fortran_order': False, 'shape': (0, 2), }"},
      {DType::UInt8, {1000000}, "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000,), }"},
      {DType::Float16, {2, 2, 2}, "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2, 2), }"},
      {DType::Float32, Shape(20, 1),
       "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
       "1, "
       "1, 1, 1, 1, 1, 1), }",
       192},
      {DType::BFloat16, {2}, "{'descr': '<V2', 'fortran_order': False, 'shape': (2,), }"},
  };
  for (const HeaderCase& c : cases) {
    CAPTURE(c.dict);
    Tensor tensor;
    tensor.dtype = c.dtype;
    tensor.shape = c.shape;
    std::string expected("\x93NUMPY\x01\0", 8);
    expected += static_cast<char>(c.size - 10);
    expected += '\0';
    expected += c.dict;
    expected.resize(c.size - 1, ' ');
    CHECK(npy_header(tensor.dtype, tensor.shape) == expected + '\n');
  }
}

TEST_CASE("json_array: the fewest digits that read back, and a float stays one") {
  const auto json = [](DType dtype, auto values) {
    const auto count = static_cast<std::int64_t>(values.size());
    return json_array(tensor_of(dtype, {count}, values));
  };
  using Floats = std::vector<float>;
  CHECK(json(DType::Float32, Floats{4, -0.0F, 0.1F, 1.0F / 3}) == "[4.0, -0.0, 0.1, 0.33333334]");
  CHECK(json(DType::Float32, Floats{1e-4F, 1e-5F, 16777216, 1e16F, 1.5e-7F}) ==
        "[0.0001, 1e-05, 16777216.0, 1e+16, 1.5e-07]");
  CHECK(json(DType::Float64, std::vector<double>{0.1, 1.0 / 3, 1e300, 5e-324}) ==
        "[0.1, 0.3333333333333333, 1e+300, 5e-324]");
  CHECK(json(DType::Float32, Floats{NAN, INFINITY, -INFINITY}) ==
        R"(["NaN", "Infinity", "-Infinity"])");
  CHECK(json(DType::Float16, std::vector<std::uint16_t>{0x3c00, 0x2e66, 0x0001, 0x7bff, 0x2400}) ==
        "[1.0, 0.1, 6e-08, 65500.0, 0.01563]");
  CHECK(json(DType::BFloat16, std::vector<std::uint16_t>{0x3f80, 0x3dcd, 0xc248}) ==
        "[1.0, 0.1, -50.0]");
  CHECK(json(DType::Int8, std::vector<std::int8_t>{-128, 7}) == "[-128, 7]");
  CHECK(json(DType::UInt64, std::vector{~std::uint64_t{0}}) == "[18446744073709551615]");
  CHECK(json(DType::Bool, std::vector<std::uint8_t>{1, 0}) == "[true, false]");
}

TEST_CASE("json_array and to_json: shapes") {
  CHECK(json_array(tensor_of<float>(DType::Float32, {2, 2}, {0, 1, 2, 3})) ==
        "[[0.0, 1.0], [2.0, 3.0]]");
  CHECK(json_array(tensor_of<float>(DType::Float32, {}, {3})) == "3.0");
  CHECK(json_array(tensor_of<float>(DType::Float32, {2, 0}, {})) == "[[], []]");
  CHECK(to_json(tensor_of<float>(DType::Float32, {1, 2}, {0, 1.5F})) ==
        "{\"shape\": [1, 2], \"dtype\": \"float32\", \"data\": [[0.0, 1.5]]}\n");
}

TEST_CASE("write_tensor: each format to a file, whole") {
  const TemporaryFolder folder;
  const Tensor tensor = tensor_of<float>(DType::Float32, {2}, {1, 2});
  REQUIRE(write_tensor(tensor, folder / "y.npy", Format::Npy));
  CHECK(file_bytes(folder / "y.npy") ==
        npy_header(tensor.dtype, tensor.shape) + tests::raw<float>({1, 2}));
  REQUIRE(write_tensor(tensor, folder / "y.json", Format::Json));
  CHECK(file_bytes(folder / "y.json") == to_json(tensor));
  REQUIRE(write_tensor(tensor, folder / "y.txt", Format::Text, {.precision = 3}));
  CHECK(file_bytes(folder / "y.txt") == "[1. 2.]\n");
  CHECK(folder.entries() == 3);
  const auto failed = write_tensor(tensor, folder / "none/y.npy", Format::Npy);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::Output);
}

TEST_CASE("write_tensor: to a descriptor") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const Tensor tensor = tensor_of<float>(DType::Float32, {1}, {1});
  CHECK(write_tensor(tensor, ends[1], Format::Npy));
  close(ends[1]);
  std::string got(1000, '\0');
  const ssize_t size = read(ends[0], got.data(), got.size());
  close(ends[0]);
  REQUIRE(size > 0);
  got.resize(static_cast<std::size_t>(size));
  CHECK(got == npy_header(tensor.dtype, tensor.shape) + tests::raw<float>({1}));
  CHECK_FALSE(write_tensor(tensor, -1, Format::Text));
}

}  // namespace
}  // namespace tconv::io
