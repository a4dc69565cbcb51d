#include "frameworks/port_target.hpp"

#include <algorithm>

namespace tconv::frameworks {

bool Sought::can_be_forward() const {
  return std::all_of(form.axes.begin(), form.axes.end(),
                     [](const NormalAxis& axis) { return axis.spread == 1; });
}

bool Sought::can_be_transposed() const {
  return form.pad_mode == PadMode::Zeros &&
         std::all_of(form.axes.begin(), form.axes.end(),
                     [](const NormalAxis& axis) { return axis.stride == 1; });
}

Value int_value(std::int64_t value) { return {.kind = Value::Kind::Int, .integer = value}; }

Value text_value(std::string text) {
  return {.kind = Value::Kind::String, .text = std::move(text)};
}

Value word_value(std::string text) { return {.kind = Value::Kind::Word, .text = std::move(text)}; }

Value list_value(const Sizes& sizes, bool is_tuple) {
  Value value{.kind = Value::Kind::List, .is_tuple = is_tuple};
  for (const std::int64_t size : sizes) value.items.push_back(int_value(size));
  return value;
}

Value sizes_value(const Sizes& sizes) {
  const bool equal = !sizes.empty() && all_equal_to(sizes, sizes[0]);
  return equal ? int_value(sizes[0]) : list_value(sizes);
}

Value pairs_value(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs, bool is_tuple) {
  Value value{.kind = Value::Kind::List, .is_tuple = is_tuple};
  for (const auto& [low, high] : pairs) value.items.push_back(list_value({low, high}));
  return value;
}

Sizes per_axis(const NormalForm& form, std::int64_t NormalAxis::*member) {
  Sizes sizes;
  for (const NormalAxis& axis : form.axes) sizes.push_back(axis.*member);
  return sizes;
}

bool all_equal_to(const Sizes& sizes, std::int64_t value) {
  return std::all_of(sizes.begin(), sizes.end(), [&](std::int64_t size) { return size == value; });
}

Shape weight_shape(const Shape& before, const Sizes& sizes, const Shape& behind) {
  Shape shape = before;
  shape.insert(shape.end(), sizes.begin(), sizes.end());
  shape.insert(shape.end(), behind.begin(), behind.end());
  return shape;
}

}  // namespace tconv::frameworks
