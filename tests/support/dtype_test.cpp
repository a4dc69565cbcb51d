// The table of element types.
#include "tconv/dtype.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tconv {
namespace {

constexpr DType kAll[] = {DType::Bool,   DType::Int8,    DType::Int16,    DType::Int32,
                          DType::Int64,  DType::UInt8,   DType::UInt16,   DType::UInt32,
                          DType::UInt64, DType::Float16, DType::BFloat16, DType::Float32,
                          DType::Float64};

TEST_CASE("dtype: every name reads back, and only in its own spelling") {
  for (const DType dtype : kAll) CHECK(dtype_from_name(name(dtype)) == dtype);
  for (const std::string unknown :
       {"", "float", "Float32", "float32 ", "f4", "float128", "complex64"}) {
    CAPTURE(unknown);
    CHECK_FALSE(dtype_from_name(unknown));
  }
}

TEST_CASE("dtype: sizes and kinds are NumPy's") {
  CHECK(size_bytes(DType::Bool) == 1);
  CHECK(size_bytes(DType::Int16) == 2);
  CHECK(size_bytes(DType::UInt32) == 4);
  CHECK(size_bytes(DType::Int64) == 8);
  CHECK(size_bytes(DType::BFloat16) == 2);
  CHECK(size_bytes(DType::Float64) == 8);
  for (const DType dtype : kAll) {
    CHECK(is_floating(dtype) == (name(dtype).find("float") != std::string_view::npos));
  }
}

TEST_CASE("dtype: only float64 is summed in float64") {
  for (const DType dtype : kAll) {
    CHECK(accumulation_dtype(dtype) == (dtype == DType::Float64 ? DType::Float64 : DType::Float32));
  }
}

}  // namespace
}  // namespace tconv
