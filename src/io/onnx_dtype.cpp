#include "io/onnx_dtype.hpp"

#include <array>

namespace tconv::io {
namespace {

struct Row {
  std::string_view name{};
  std::optional<DType> dtype{};
};

// By number.
constexpr std::array kTypes{Row{},
                            Row{"float32", DType::Float32},
                            Row{"uint8", DType::UInt8},
                            Row{"int8", DType::Int8},
                            Row{"uint16", DType::UInt16},
                            Row{"int16", DType::Int16},
                            Row{"int32", DType::Int32},
                            Row{"int64", DType::Int64},
                            Row{"string"},
                            Row{"bool", DType::Bool},
                            Row{"float16", DType::Float16},
                            Row{"float64", DType::Float64},
                            Row{"uint32", DType::UInt32},
                            Row{"uint64", DType::UInt64},
                            Row{"complex64"},
                            Row{"complex128"},
                            Row{"bfloat16", DType::BFloat16},
                            Row{"float8e4m3fn"},
                            Row{"float8e4m3fnuz"},
                            Row{"float8e5m2"},
                            Row{"float8e5m2fnuz"},
                            Row{"uint4"},
                            Row{"int4"},
                            Row{"float4e2m1"}};

Row row_of(int data_type) {
  const bool known = 0 <= data_type && data_type < static_cast<int>(kTypes.size());
  return known ? kTypes[static_cast<std::size_t>(data_type)] : Row{};
}

}  // namespace

std::optional<DType> onnx_dtype(int data_type) { return row_of(data_type).dtype; }

std::string_view onnx_dtype_name(int data_type) { return row_of(data_type).name; }

}  // namespace tconv::io
