// ONNX's element types: TensorProto.DataType.
#pragma once
#include <optional>
#include <string_view>

#include "tconv/dtype.hpp"

namespace tconv::io {

// nullopt for types that tconv has no elements of: strings, complex, 8 and 4 bit floats.
std::optional<DType> onnx_dtype(int data_type);

// NumPy's name, or ONNX's where that has none; "" for numbers that mean nothing.
std::string_view onnx_dtype_name(int data_type);

}  // namespace tconv::io
