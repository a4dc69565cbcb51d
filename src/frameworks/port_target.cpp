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

Value pairs_value(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) {
  Value value{.kind = Value::Kind::List, .is_tuple = false};
  for (const auto& [low, high] : pairs) value.items.push_back(list_value(Sizes{low, high}));
  return value;
}

Sizes per_axis(const NormalForm& form, std::int64_t NormalAxis::*member) {
  Sizes sizes;
  for (const NormalAxis& axis : form.axes) sizes.push_back(axis.*member);
  return sizes;
}

Shape weight_shape(const Shape& before, const Sizes& sizes, const Shape& behind) {
  Shape shape = before;
  shape.insert(shape.end(), sizes.begin(), sizes.end());
  shape.insert(shape.end(), behind.begin(), behind.end());
  return shape;
}

}  // namespace tconv::frameworks
