// Shapes, strides and memory of tensors.
#include "io/tensor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "support/checked.hpp"
#include "support/memory.hpp"

namespace tconv::io {
namespace {

// A cache line, and the widest vector register.
constexpr std::size_t kAlignmentBytes = 64;

}  // namespace

Result<std::int64_t> element_count(const Shape& shape, DType dtype) {
  // The product leaves zeros out, so that strides are safe to compute even of an empty tensor.
  std::int64_t product_bytes = size_bytes(dtype);
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) {
      return Error{.code = ErrorCode::ShapeMismatch,
                   .what = fmt::format("shape {} has a negative extent", shape_text(shape))};
    }
    empty = empty || extent == 0;
    const auto product =
        support::checked_multiply(product_bytes, std::max<std::int64_t>(extent, 1));
    if (!product) {
      return Error{.code = ErrorCode::ShapeMismatch,
                   .what = fmt::format("shape {} of {} is more bytes than 63 bits count",
                                       shape_text(shape), name(dtype))};
    }
    product_bytes = *product;
  }
  return empty ? 0 : product_bytes / size_bytes(dtype);
}

Shape c_strides(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

Result<NewTensor> allocate_tensor(DType dtype, const Shape& shape) {
  const auto count = element_count(shape, dtype);
  if (!count) return count.error();
  const std::int64_t bytes = *count * size_bytes(dtype);
  const std::int64_t limit_bytes = support::physical_memory_bytes();
  // calloc takes large blocks from the system as pages that are zero already: nothing is touched
  // before it is used. It aligns to 16 bytes only, hence the room to move the start.
  void* const block = bytes > limit_bytes
                          ? nullptr
                          : std::calloc(static_cast<std::size_t>(bytes) + kAlignmentBytes, 1);
  if (block == nullptr) {
    return Error{.code = ErrorCode::TooLarge,
                 .what = fmt::format("shape {} of {} takes {} bytes, this machine has {} bytes",
                                     shape_text(shape), name(dtype), bytes, limit_bytes)};
  }
  void* start = block;
  std::size_t space = static_cast<std::size_t>(bytes) + kAlignmentBytes;
  std::align(kAlignmentBytes, static_cast<std::size_t>(bytes), start, space);

  NewTensor made;
  made.bytes = static_cast<std::byte*>(start);
  const std::shared_ptr<void> owner(block, [](void* p) { std::free(p); });
  made.tensor.data = std::shared_ptr<const std::byte>(owner, made.bytes);
  made.tensor.dtype = dtype;
  made.tensor.shape = shape;
  made.tensor.strides = c_strides(shape);
  return made;
}

std::string shape_text(const Shape& shape) {
  if (shape.size() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace tconv::io
