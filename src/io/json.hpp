// Reading tensors from JSON: nested arrays, or {"shape": [...], "dtype": "float32", "data": [...]}.
//
// The text is walked twice, and nothing is stored but the elements: first for shape and dtype, so
// that the memory is there and every number can be rounded once, from its own digits, to the type
// it is to have; then for the values.
#pragma once
#include <string>
#include <string_view>

#include "io/tensor.hpp"

namespace tconv::io {

// Numbers, true and false, and the strings "NaN", "Infinity", "-Infinity" (also "inf", any case).
// Without a dtype the tensor is `untyped` float64. "data" may be nested as "shape" says or one flat
// row; without "shape" its nesting is the shape. Fails with Input or ShapeMismatch, `where` being
// `name`, and an excerpt of the text where its syntax is at fault.
Result<Tensor> read_json(std::string_view text, const std::string& name);

}  // namespace tconv::io
