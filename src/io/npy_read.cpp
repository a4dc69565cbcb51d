// A tensor over the bytes of an .npy file.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "io/npy.hpp"

namespace tconv::io {
namespace {

Shape fortran_strides(const Shape& shape) {
  Shape strides = c_strides({shape.rbegin(), shape.rend()});
  std::reverse(strides.begin(), strides.end());
  return strides;
}

Result<Tensor> read_unnamed(const support::MappedFile& file, bool void2_is_bfloat16) {
  const std::string_view bytes(reinterpret_cast<const char*>(file.data.get()), file.size_bytes);
  const auto header = parse_npy_header(bytes, void2_is_bfloat16);
  if (!header) return header.error();
  const auto data_bytes = npy_data_bytes(*header, file.size_bytes - header->data_offset_bytes);
  if (!data_bytes) return data_bytes.error();
  Tensor tensor = npy_tensor(*header, {file.data, file.data.get() + header->data_offset_bytes});
  tensor.mapped = file.mapped;
  return tensor;
}

}  // namespace

Result<std::size_t> npy_data_bytes(const NpyHeader& header, std::uint64_t found_bytes) {
  const auto count = element_count(header.shape, header.dtype);
  if (!count) return count.error();
  const auto expected_bytes = static_cast<std::size_t>(*count * size_bytes(header.dtype));
  if (found_bytes >= expected_bytes) return expected_bytes;
  return Error{
      .code = ErrorCode::Input,
      .what = fmt::format("expected {} data bytes for shape {} of '{}', found {}", expected_bytes,
                          shape_text(header.shape), header.descr, found_bytes)};
}

Tensor npy_tensor(const NpyHeader& header, std::shared_ptr<const std::byte> data) {
  Tensor tensor;
  tensor.dtype = header.dtype;
  tensor.swapped = header.swapped;
  tensor.shape = header.shape;
  tensor.strides = header.fortran_order ? fortran_strides(header.shape) : c_strides(header.shape);
  tensor.data = std::move(data);
  return tensor;
}

Result<Tensor> read_npy(const support::MappedFile& file, const std::string& name,
                        bool void2_is_bfloat16) {
  auto tensor = read_unnamed(file, void2_is_bfloat16);
  if (tensor) {
    tensor->name = name;
  } else {
    tensor.error().where = name;
  }
  return tensor;
}

}  // namespace tconv::io
