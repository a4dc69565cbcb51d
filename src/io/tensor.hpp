// A tensor as it was read: shape, strides and element type over bytes that may be a mapped file.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "tconv/dtype.hpp"
#include "tconv/result.hpp"

namespace tconv::io {

struct Tensor {
  DType dtype = DType::Float32;
  bool swapped = false;  // elements are in the other byte order than the machine's
  bool untyped = false;  // JSON numbers without a dtype: they take that of their company
  bool mapped = false;   // the bytes are pages of a file (support::drop_pages)
  Shape shape{};
  Shape strides{};  // in elements; of any sign of layout, e.g. Fortran order
  std::shared_ptr<const std::byte> data{};  // first element; keeps its bytes (or mapping) alive
  std::string name{};                       // how the user called it, for messages
};

// A tensor whose bytes may be written, dense in C order.
struct NewTensor {
  Tensor tensor{};
  std::byte* bytes = nullptr;  // zero
};

// Number of elements. Fails with Shape where an extent is negative or the product, or the product
// with the element size, overflows 63 bits.
Result<std::int64_t> element_count(const Shape& shape, DType dtype);

// Strides of dense C order.
Shape c_strides(const Shape& shape);

// Fails with TooLarge where the machine has not that much memory.
Result<NewTensor> allocate_tensor(DType dtype, const Shape& shape);

// "(1, 1, 5, 5)", and "(3,)" for one axis, as Python prints a tuple.
std::string shape_text(const Shape& shape);

// The same elements, dense in C order, native byte order, as `dtype`; the tensor itself where it
// already is that. Floating to floating rounds to nearest even; integers and bool must be exact in
// `dtype`. Fails with DType, naming the first element that is not.
Result<Tensor> converted(const Tensor& tensor, DType dtype);

// Whether the tensor is that already.
bool is_converted(const Tensor& tensor, DType dtype);

// The same elements written to `to`, which has room for all of them as `dtype`. Fails likewise.
Result<void> convert_into(const Tensor& tensor, DType dtype, std::byte* to);

}  // namespace tconv::io
