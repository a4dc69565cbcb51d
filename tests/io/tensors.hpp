// Tensors and .npy files made in a test, and elements taken out again.
#pragma once
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/tensor.hpp"
#include "support/file.hpp"

namespace tconv::tests {

// A dense tensor over a copy of `values`, whose type must be as wide as `dtype`.
template <typename Element>
io::Tensor tensor_of(DType dtype, const Shape& shape, const std::vector<Element>& values) {
  const std::size_t bytes = values.size() * sizeof(Element);
  const std::shared_ptr<std::byte[]> data(new std::byte[bytes + 1]);
  if (bytes > 0) std::memcpy(data.get(), values.data(), bytes);
  io::Tensor tensor;
  tensor.dtype = dtype;
  tensor.shape = shape;
  tensor.strides = io::c_strides(shape);
  tensor.data = std::shared_ptr<const std::byte>(data, data.get());
  tensor.name = "x.npy";
  return tensor;
}

// The elements of a dense tensor.
template <typename Element>
std::vector<Element> elements(const io::Tensor& tensor) {
  std::size_t count = 1;
  for (const std::int64_t extent : tensor.shape) count *= static_cast<std::size_t>(extent);
  std::vector<Element> values(count);
  if (count > 0) std::memcpy(values.data(), tensor.data.get(), count * sizeof(Element));
  return values;
}

inline support::MappedFile mapped(std::string_view bytes) {
  const std::shared_ptr<std::byte[]> data(new std::byte[bytes.size() + 1]);
  std::memcpy(data.get(), bytes.data(), bytes.size());
  return {.data = std::shared_ptr<const std::byte>(data, data.get()), .size_bytes = bytes.size()};
}

// An .npy file of the given header text, unpadded, and data.
inline std::string npy_file(std::string_view dict, std::string_view data = {}, int major = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(major);
  file += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) {
    file += static_cast<char>((dict.size() >> (8 * i)) & 0xffU);
  }
  return file.append(dict).append(data);
}

// The dict NumPy writes for a C-order array.
inline std::string npy_dict(std::string_view descr, std::string_view shape,
                            std::string_view fortran_order = "False") {
  std::string dict = "{'descr': '";
  dict.append(descr).append("', 'fortran_order': ").append(fortran_order);
  return dict.append(", 'shape': ").append(shape).append(", }");
}

// The bytes of values as they lie in memory.
template <typename Element>
std::string raw(const std::vector<Element>& values) {
  std::string bytes(values.size() * sizeof(Element), '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace tconv::tests
