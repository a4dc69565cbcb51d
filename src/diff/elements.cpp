#include "diff/elements.hpp"

#include <type_traits>

namespace tconv::diff {
namespace {

template <typename Element>
double number(const std::byte* data, std::int64_t position) {
  const auto element = io::load<Element>(data, position);
  if constexpr (std::is_integral_v<Element>) {
    return static_cast<double>(element);
  } else {
    return static_cast<double>(io::widened(element));
  }
}

template <typename Element>
void gather_numbers(const std::byte* data, std::int64_t first, std::int64_t slope,
                    std::span<double> out) {
  const auto count = static_cast<std::int64_t>(out.size());
  double* const to = out.data();
  if (slope == 1) {  // of its own, so that it becomes vectors
    for (std::int64_t i = 0; i < count; ++i) to[i] = number<Element>(data, first + i);
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = number<Element>(data, first + i * slope);
  }
}

}  // namespace

Elements::Elements(const io::Tensor& dense) : owner_(dense.data), data_(dense.data.get()) {
  io::with_element_type(dense.dtype, [&](auto kind) {
    using Element = decltype(kind);
    at_ = &number<Element>;
    gather_ = &gather_numbers<Element>;
  });
}

}  // namespace tconv::diff
