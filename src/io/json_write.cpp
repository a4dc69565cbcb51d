// Tensors as JSON: one line, each number in the fewest digits that read back to the same element.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

#include "io/digits.hpp"
#include "io/elements.hpp"
#include "io/write.hpp"

namespace tconv::io {
namespace {

template <typename Element>
std::string number_text(Element element, DType dtype) {
  if constexpr (std::is_integral_v<Element>) {
    return fmt::format("{}", element);  // true and false for bool
  } else {
    const auto value = static_cast<double>(widened(element));
    if (std::isnan(value)) return R"("NaN")";
    if (std::isinf(value)) return value < 0 ? R"("-Infinity")" : R"("Infinity")";
    return python_repr(value, dtype);
  }
}

// The rows below `axis`, taking elements from `index` on.
template <typename Element>
void append_rows(const Tensor& tensor, std::size_t axis, std::int64_t& index, std::string& text) {
  if (axis == tensor.shape.size()) {
    text += number_text(load<Element>(tensor.data.get(), index), tensor.dtype);
    ++index;
    return;
  }
  text += '[';
  for (std::int64_t i = 0; i < tensor.shape[axis]; ++i) {
    if (i > 0) text += ", ";
    append_rows<Element>(tensor, axis + 1, index, text);
  }
  text += ']';
}

}  // namespace

std::string json_array(const Tensor& tensor) {
  std::string text;
  std::int64_t index = 0;
  with_element_type(tensor.dtype,
                    [&](auto kind) { append_rows<decltype(kind)>(tensor, 0, index, text); });
  return text;
}

std::string to_json(const Tensor& tensor) {
  return fmt::format("{{\"shape\": [{}], \"dtype\": \"{}\", \"data\": {}}}\n",
                     fmt::join(tensor.shape, ", "), name(tensor.dtype), json_array(tensor));
}

}  // namespace tconv::io
