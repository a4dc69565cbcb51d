// The header of an .npy file, byte for byte as numpy.save writes it (NumPy 2, format version 1.0).
#include <fmt/format.h>

#include <string>

#include "io/npy_descr.hpp"
#include "io/npy_header.hpp"
#include "io/write.hpp"

namespace tconv::io {

std::string npy_header(DType dtype, const Shape& shape) {
  constexpr std::size_t kAlignmentBytes = 64;
  // NumPy leaves room for the first extent to grow to this many digits in place.
  constexpr std::size_t kExtentDigits = 21;
  std::string dict = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                 npy_descr(dtype), shape_text(shape));
  if (!shape.empty()) {
    dict.append(kExtentDigits - fmt::formatted_size("{}", shape[0]), ' ');
  }
  constexpr std::size_t kPrefixBytes = kNpyMagic.size() + 4;  // version and length
  const std::size_t unpadded = kPrefixBytes + dict.size() + 1;
  dict.append((kAlignmentBytes - unpadded % kAlignmentBytes) % kAlignmentBytes, ' ');
  dict += '\n';

  // 64 axes of 19 digits stay far below the 65535 bytes that version 1.0 can count.
  std::string header(kNpyMagic);
  header += '\x01';
  header += '\x00';
  header += static_cast<char>(dict.size() & 0xffU);
  header += static_cast<char>(dict.size() >> 8U);
  return header + dict;
}

}  // namespace tconv::io
