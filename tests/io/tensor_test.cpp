// Shapes and their arithmetic: counts that overflow, strides, memory, text.
#include "io/tensor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

namespace tconv::io {
namespace {

constexpr std::int64_t kBig = std::int64_t{1} << 32;

TEST_CASE("element_count: products, with scalars and empty axes") {
  CHECK(*element_count({}, DType::Float64) == 1);
  CHECK(*element_count({0}, DType::Float64) == 0);
  CHECK(*element_count({2, 3, 4}, DType::Int8) == 24);
  CHECK(*element_count({kBig, kBig / 4}, DType::Bool) == kBig * (kBig / 4));
}

TEST_CASE("element_count: negative extents and overflow of elements or bytes are refused") {
  const auto negative = element_count({2, -1}, DType::Float32);
  REQUIRE_FALSE(negative);
  CHECK(negative.error().code == ErrorCode::ShapeMismatch);
  CHECK(negative.error().what == "shape (2, -1) has a negative extent");
  CHECK_FALSE(element_count({kBig, kBig / 2}, DType::Int8));   // 2^63 bytes
  CHECK_FALSE(element_count({kBig, kBig / 4}, DType::Int16));  // 2^63 bytes of 2^62 elements
  CHECK_FALSE(element_count({kBig, kBig, kBig}, DType::Int8));
  CHECK_FALSE(element_count({0, kBig, kBig}, DType::Int8));  // its strides would overflow
  CHECK_FALSE(element_count({-kBig, -kBig}, DType::Int8));
}

TEST_CASE("c_strides: the last axis is dense, an empty one counts as one") {
  CHECK(c_strides({}) == Shape{});
  CHECK(c_strides({5}) == Shape{1});
  CHECK(c_strides({2, 3, 4}) == Shape{12, 4, 1});
  CHECK(c_strides({2, 0, 4}) == Shape{4, 4, 1});
}

TEST_CASE("shape_text: as Python prints a tuple") {
  CHECK(shape_text({}) == "()");
  CHECK(shape_text({3}) == "(3,)");
  CHECK(shape_text({1, 1, 5, 5}) == "(1, 1, 5, 5)");
}

TEST_CASE("allocate_tensor: zeros, aligned to a cache line, also for no elements") {
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{7}, Shape{3, 1000, 1000}}) {
    const auto made = allocate_tensor(DType::Float64, shape);
    REQUIRE(made);
    CHECK(made->tensor.shape == shape);
    CHECK(made->tensor.strides == c_strides(shape));
    CHECK(made->tensor.dtype == DType::Float64);
    REQUIRE(made->bytes != nullptr);
    CHECK(made->tensor.data.get() == made->bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(made->bytes) % 64 == 0);
    const auto count = *element_count(shape, DType::Float64) * 8;
    CHECK(std::count(made->bytes, made->bytes + count, std::byte{0}) == count);
  }
}

TEST_CASE("allocate_tensor: more than the machine has is refused, not tried") {
  const auto made = allocate_tensor(DType::Float32, {kBig, kBig / 64});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::TooLarge);
  CHECK(made.error().what.starts_with(
      "shape (4294967296, 67108864) of float32 takes 1152921504606846976 bytes, this machine has"));
  CHECK_FALSE(allocate_tensor(DType::Float32, {-1}));
}

}  // namespace
}  // namespace tconv::io
