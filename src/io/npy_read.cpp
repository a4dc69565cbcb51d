// A tensor over the bytes of an .npy file.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "io/npy.hpp"
#include "io/npy_header.hpp"

namespace tconv::io {
namespace {

Shape fortran_strides(const Shape& shape) {
  Shape strides = c_strides({shape.rbegin(), shape.rend()});
  std::reverse(strides.begin(), strides.end());
  return strides;
}

Result<Tensor> read_unnamed(const support::MappedFile& file, bool void2_is_bfloat16) {
  const std::string_view bytes(reinterpret_cast<const char*>(file.data.get()), file.size_bytes);
  auto header = parse_npy_header(bytes, void2_is_bfloat16);
  if (!header) return header.error();
  const auto count = element_count(header->shape, header->dtype);
  if (!count) return count.error();

  const auto expected_bytes = static_cast<std::size_t>(*count * size_bytes(header->dtype));
  const std::size_t found_bytes = file.size_bytes - header->data_offset_bytes;
  if (found_bytes < expected_bytes) {
    return Error{
        .code = ErrorCode::Input,
        .what = fmt::format("expected {} data bytes for shape {} of '{}', found {}", expected_bytes,
                            shape_text(header->shape), header->descr, found_bytes)};
  }
  Tensor tensor;
  tensor.dtype = header->dtype;
  tensor.swapped = header->swapped;
  tensor.mapped = file.mapped;
  tensor.strides =
      header->fortran_order ? fortran_strides(header->shape) : c_strides(header->shape);
  tensor.shape = std::move(header->shape);
  tensor.data = {file.data, file.data.get() + header->data_offset_bytes};
  return tensor;
}

}  // namespace

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
