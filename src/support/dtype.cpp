// Element types: one row each, in the order of the enumeration.
#include "tconv/dtype.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tconv {
namespace {

struct Row {
  DType dtype = DType::Float32;
  std::string_view name{};
  std::int64_t size_bytes = 0;
  bool floating = false;
};

constexpr std::array kRows{
    Row{DType::Bool, "bool", 1, false},        Row{DType::Int8, "int8", 1, false},
    Row{DType::Int16, "int16", 2, false},      Row{DType::Int32, "int32", 4, false},
    Row{DType::Int64, "int64", 8, false},      Row{DType::UInt8, "uint8", 1, false},
    Row{DType::UInt16, "uint16", 2, false},    Row{DType::UInt32, "uint32", 4, false},
    Row{DType::UInt64, "uint64", 8, false},    Row{DType::Float16, "float16", 2, true},
    Row{DType::BFloat16, "bfloat16", 2, true}, Row{DType::Float32, "float32", 4, true},
    Row{DType::Float64, "float64", 8, true},
};

constexpr bool rows_follow_the_enumeration() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].dtype) != i) return false;
  }
  return true;
}
static_assert(rows_follow_the_enumeration());

const Row& row(DType dtype) { return kRows[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::int64_t size_bytes(DType dtype) { return row(dtype).size_bytes; }

std::string_view name(DType dtype) { return row(dtype).name; }

bool is_floating(DType dtype) { return row(dtype).floating; }

std::optional<DType> dtype_from_name(std::string_view name) {
  const auto* const found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == name; });
  if (found == kRows.end()) return std::nullopt;
  return found->dtype;
}

DType accumulation_dtype(DType dtype) {
  return dtype == DType::Float64 ? DType::Float64 : DType::Float32;
}

}  // namespace tconv
