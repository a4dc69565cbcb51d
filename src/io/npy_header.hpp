// The header of an .npy file: a Python dict literal with three keys, before the raw elements.
// Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays", and
// numpy/lib/_format_impl.py of NumPy 2.4 for what is accepted in practice.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv::io {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

struct NpyHeader {
  std::string descr{};  // as written, for messages
  DType dtype = DType::Float32;
  bool swapped = false;
  bool fortran_order = false;
  Shape shape{};
  std::size_t data_offset_bytes = 0;
};

// Reads the header at the front of a file's bytes. `file` may be all of it or only a beginning that
// holds the header. Fails with Input (malformed), DTypeMismatch (elements that are no numbers a
// layer takes); `where` stays empty.
Result<NpyHeader> parse_npy_header(std::string_view file, bool void2_is_bfloat16);

}  // namespace tconv::io
