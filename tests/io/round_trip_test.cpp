// What is written reads back to the same bytes, for random shapes and bit patterns of every dtype.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "io/json.hpp"
#include "io/npy.hpp"
#include "io/write.hpp"
#include "support/half.hpp"
#include "tensors.hpp"

namespace tconv::io {
namespace {

constexpr DType kAll[] = {DType::Bool,   DType::Int8,    DType::Int16,    DType::Int32,
                          DType::Int64,  DType::UInt8,   DType::UInt16,   DType::UInt32,
                          DType::UInt64, DType::Float16, DType::BFloat16, DType::Float32,
                          DType::Float64};

// Up to four axes of up to four elements, filled with random bits.
Tensor any_tensor() {
  const DType dtype = *rc::gen::elementOf(std::vector<DType>(std::begin(kAll), std::end(kAll)));
  const auto rank = *rc::gen::inRange(0, 5);
  Shape shape;
  std::int64_t count = 1;
  for (int axis = 0; axis < rank; ++axis) {
    shape.push_back(*rc::gen::inRange<std::int64_t>(0, 5));
    count *= shape.back();
  }
  std::vector<std::uint8_t> bytes;
  for (std::int64_t i = 0; i < count * size_bytes(dtype); ++i) {
    const auto byte = *rc::gen::inRange(0, 256);
    bytes.push_back(static_cast<std::uint8_t>(dtype == DType::Bool ? byte & 1 : byte));
  }
  return tests::tensor_of(dtype, shape, bytes);
}

std::string raw_bytes(const Tensor& tensor) {
  const auto count = *element_count(tensor.shape, tensor.dtype);
  return {reinterpret_cast<const char*>(tensor.data.get()),
          static_cast<std::size_t>(count * size_bytes(tensor.dtype))};
}

// JSON keeps that an element is a NaN, not which one.
std::string with_one_nan(const Tensor& tensor) {
  std::string bytes = raw_bytes(tensor);
  const auto replace = [&bytes](auto bits, auto is_nan, auto nan) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(bits)) {
      std::memcpy(&bits, bytes.data() + at, sizeof(bits));
      if (is_nan(bits)) std::memcpy(bytes.data() + at, &nan, sizeof(bits));
    }
  };
  const auto isnan = [](auto value) { return std::isnan(value); };
  if (tensor.dtype == DType::Float32) replace(float{}, isnan, std::uint32_t{0x7fc00000U});
  if (tensor.dtype == DType::Float64) replace(double{}, isnan, std::uint64_t{0x7ff8} << 48U);
  if (tensor.dtype == DType::Float16) {
    replace(
        std::uint16_t{}, [&](std::uint16_t b) { return std::isnan(support::float_from_half(b)); },
        std::uint16_t{0x7e00});
  }
  if (tensor.dtype == DType::BFloat16) {
    replace(
        std::uint16_t{},
        [&](std::uint16_t b) { return std::isnan(support::float_from_bfloat16(b)); },
        std::uint16_t{0x7fc0});
  }
  return bytes;
}

TEST_CASE("round trip: .npy keeps every bit") {
  CHECK(rc::check([] {
    const Tensor tensor = any_tensor();
    const auto back = read_npy(
        tests::mapped(npy_header(tensor.dtype, tensor.shape) + raw_bytes(tensor)), "x.npy", true);
    RC_ASSERT(static_cast<bool>(back));
    RC_ASSERT(back->dtype == tensor.dtype);
    RC_ASSERT(back->shape == tensor.shape);
    RC_ASSERT(back->strides == tensor.strides);
    RC_ASSERT(raw_bytes(*back) == raw_bytes(tensor));
  }));
}

TEST_CASE("round trip: JSON keeps every element, and the shape also of an empty tensor") {
  CHECK(rc::check([] {
    const Tensor tensor = any_tensor();
    const auto back = read_json(to_json(tensor), "x.json");
    RC_ASSERT(static_cast<bool>(back));
    RC_ASSERT(back->dtype == tensor.dtype);
    RC_ASSERT(back->shape == tensor.shape);
    RC_ASSERT(with_one_nan(*back) == with_one_nan(tensor));
  }));
}

// The digits of all halves: as many as needed and no more than five.
TEST_CASE("round trip: every float16 and bfloat16 reads back from its shortest digits") {
  std::vector<std::uint16_t> bits;
  for (int i = 0; i <= 0xffff; ++i) bits.push_back(static_cast<std::uint16_t>(i));
  for (const DType dtype : {DType::Float16, DType::BFloat16}) {
    const Tensor tensor = tests::tensor_of(dtype, {65536}, bits);
    const auto back = read_json(to_json(tensor), "x.json");
    REQUIRE(back);
    CHECK(with_one_nan(*back) == with_one_nan(tensor));
  }
}

}  // namespace
}  // namespace tconv::io
