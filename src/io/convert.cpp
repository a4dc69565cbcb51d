// From the element type a tensor was stored in to the one a layer is computed in.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "io/elements.hpp"
#include "io/gather.hpp"
#include "io/tensor.hpp"

namespace tconv::io {
namespace {

// The integer as a double, where a double holds it exactly.
template <typename Integer>
std::optional<double> exact_double(Integer value) {
  const auto nearest = static_cast<double>(value);
  if constexpr (sizeof(Integer) == 8) {
    // Rounding up may leave the type's range, from where there is no way back: 2^63 or 2^64.
    constexpr double kEnd = std::is_signed_v<Integer> ? 0x1p63 : 0x1p64;
    if (nearest >= kEnd || static_cast<Integer>(nearest) != value) return std::nullopt;
  }
  return nearest;
}

// Both return the position of the first element that does not go into Target, or -1.
template <typename Target, typename Integer>
std::int64_t convert_integers(const std::byte* from, std::byte* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto value = exact_double(load<Integer>(from, i));
    if (!value) return i;
    const auto result = rounded<Target>(*value);
    if (static_cast<double>(widened(result)) != *value) return i;
    store(to, i, result);
  }
  return -1;
}

template <typename Target, typename Floating>
std::int64_t convert_floats(const std::byte* from, std::byte* to, std::int64_t count,
                            bool untyped) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto value = widened(load<Floating>(from, i));
    const auto result = rounded<Target>(value);
    // A stored float64 overflows to infinity as everywhere; a number someone typed must not.
    if (untyped && std::isinf(widened(result)) && !std::isinf(value)) return i;
    store(to, i, result);
  }
  return -1;
}

// visit(Element{}) for the floating dtypes.
template <typename Visitor>
std::int64_t with_floating_type(DType dtype, const Visitor& visit) {
  if (dtype == DType::Float16) return visit(HalfBits{});
  if (dtype == DType::BFloat16) return visit(BFloat16Bits{});
  if (dtype == DType::Float32) return visit(float{});
  return visit(double{});
}

// Elements of `like`, wherever they lie.
std::int64_t convert_elements(const Tensor& like, const std::byte* from, DType dtype, std::byte* to,
                              std::int64_t count) {
  return with_element_type(like.dtype, [&](auto source) {
    using Source = decltype(source);
    return with_floating_type(dtype, [&](auto target) {
      using Target = decltype(target);
      if constexpr (std::is_integral_v<Source>) {
        return convert_integers<Target, Source>(from, to, count);
      } else {
        return convert_floats<Target, Source>(from, to, count, like.untyped);
      }
    });
  });
}

// " at [0, 3]" for element 3 of a tensor of shape (1, 4); nothing for a scalar.
std::string position_text(const Shape& shape, std::int64_t element) {
  if (shape.empty()) return {};
  Shape index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return fmt::format(" at [{}]", fmt::join(index, ", "));
}

std::string element_text(DType dtype, const std::byte* element) {
  return with_element_type(dtype, [&](auto kind) {
    using Element = decltype(kind);
    const auto value = load<Element>(element, 0);
    if constexpr (std::is_integral_v<Element>) {
      return fmt::format("{}", value);
    } else {
      return fmt::format("{}", widened(value));
    }
  });
}

// The element is number `index` in C order.
Error does_not_fit(const Tensor& tensor, DType dtype, const std::byte* element,
                   std::int64_t index) {
  return {.code = ErrorCode::DTypeMismatch,
          .where = tensor.name,
          .what = fmt::format("{}{} is {} {}", element_text(tensor.dtype, element),
                              position_text(tensor.shape, index),
                              is_floating(tensor.dtype) ? "too large for" : "not exact in",
                              name(dtype)),
          .hint = dtype == DType::Float64 ? "" : "--dtype float64"};
}

}  // namespace

bool is_converted(const Tensor& tensor, DType dtype) {
  return tensor.dtype == dtype && is_gathered(tensor);
}

Result<void> convert_into(const Tensor& tensor, DType dtype, std::byte* to) {
  if (tensor.dtype == dtype) {
    gather_into(tensor, to);
    return {};
  }
  if (!is_floating(dtype)) {
    return Error{.code = ErrorCode::DTypeMismatch,
                 .where = tensor.name,
                 .what = fmt::format("{} elements are not converted to {}", name(tensor.dtype),
                                     name(dtype))};
  }
  const auto count = element_count(tensor.shape, tensor.dtype);
  if (!count) return count.error();
  if (is_gathered(tensor)) {
    const std::byte* const from = tensor.data.get();
    const std::int64_t failed = convert_elements(tensor, from, dtype, to, *count);
    if (failed < 0) return {};
    return does_not_fit(tensor, dtype, from + failed * size_bytes(tensor.dtype), failed);
  }
  // Pieces come in any order: the first element that does not fit is known once all are through.
  std::optional<Error> error;
  std::int64_t first_failed = *count;
  gather_pieces(tensor, [&](const std::byte* piece, std::int64_t first, std::int64_t length) {
    if (first >= first_failed) return;
    const std::int64_t failed =
        convert_elements(tensor, piece, dtype, to + first * size_bytes(dtype), length);
    if (failed < 0 || first + failed >= first_failed) return;
    first_failed = first + failed;
    error = does_not_fit(tensor, dtype, piece + failed * size_bytes(tensor.dtype), first_failed);
  });
  if (error) return *std::move(error);
  return {};
}

Result<Tensor> converted(const Tensor& tensor, DType dtype) {
  if (is_converted(tensor, dtype)) {
    Tensor same = tensor;
    same.strides = c_strides(tensor.shape);  // axes of extent 1 may have come with any stride
    same.untyped = false;
    return same;
  }
  auto made = allocate_tensor(dtype, tensor.shape);
  if (!made) {
    made.error().where = tensor.name;
    return made.error();
  }
  if (auto done = convert_into(tensor, dtype, made->bytes); !done) return done.error();
  Tensor result = std::move(made->tensor);
  result.name = tensor.name;
  return result;
}

}  // namespace tconv::io
