// Element types of tensors, by NumPy's names.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tconv {

enum class DType {
  Bool,
  Int8,
  Int16,
  Int32,
  Int64,
  UInt8,
  UInt16,
  UInt32,
  UInt64,
  Float16,
  BFloat16,
  Float32,
  Float64,
};

// Extents of a tensor, outermost axis first; empty for a scalar.
using Shape = std::vector<std::int64_t>;

std::int64_t size_bytes(DType dtype);  // of one element
std::string_view name(DType dtype);    // "float32"
bool is_floating(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);

// Sums are kept in float32, but in float64 for float64 tensors.
DType accumulation_dtype(DType dtype);

}  // namespace tconv
