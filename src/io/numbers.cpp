#include "io/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "io/digits.hpp"
#include "io/elements.hpp"

namespace tconv::io {
namespace {

template <typename Number>
void read_as(const Tensor& dense, std::int64_t begin, std::span<Number> out) {
  with_element_type(dense.dtype, [&](auto kind) {
    using Element = decltype(kind);
    const std::byte* const from = dense.data.get() + begin * size_bytes(dense.dtype);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto element = load<Element>(from, static_cast<std::int64_t>(i));
      if constexpr (std::is_integral_v<Element>) {
        out[i] = static_cast<Number>(element);
      } else {
        out[i] = static_cast<Number>(widened(element));
      }
    }
  });
}

}  // namespace

void read_numbers(const Tensor& dense, std::int64_t begin, std::span<double> out) {
  read_as(dense, begin, out);
}

void read_numbers(const Tensor& dense, std::int64_t begin, std::span<long double> out) {
  read_as(dense, begin, out);
}

std::string number_text(const Tensor& tensor, const Shape& index) {
  const std::int64_t width = size_bytes(tensor.dtype);
  const std::byte* from = tensor.data.get();
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    from += index[axis] * tensor.strides[axis] * width;
  }
  std::array<std::byte, 8> bytes{};
  std::copy_n(from, width, bytes.begin());
  if (tensor.swapped) std::reverse(bytes.begin(), bytes.begin() + width);
  return with_element_type(tensor.dtype, [&](auto kind) {
    using Element = decltype(kind);
    const auto element = load<Element>(bytes.data(), 0);
    if constexpr (std::is_integral_v<Element>) {
      return fmt::format("{}", element);
    } else {
      return number_text(double{widened(element)}, tensor.dtype);
    }
  });
}

std::string number_text(double value, DType dtype) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  std::string text = python_repr(value, dtype);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

Shape index_of(std::int64_t position, const Shape& shape) {
  Shape index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = position % shape[axis];
    position /= shape[axis];
  }
  return index;
}

}  // namespace tconv::io
