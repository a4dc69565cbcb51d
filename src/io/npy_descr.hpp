// The element type of an .npy file, as NumPy spells it: '<f4', '|b1', '>i8'.
#pragma once
#include <string_view>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv::io {

struct NpyElement {
  DType dtype = DType::Float32;
  bool swapped = false;  // in the other byte order than this machine's
};

// Fails with DTypeMismatch, naming what the elements are and how to save them instead.
Result<NpyElement> parse_npy_descr(std::string_view descr, bool void2_is_bfloat16);

// The spelling of a native dtype: "<f4". bfloat16 is "<V2".
std::string_view npy_descr(DType dtype);

// What structured elements are told.
Error structured_elements();

}  // namespace tconv::io
