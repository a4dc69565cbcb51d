#include "diff/view.hpp"

#include <algorithm>

namespace tconv::diff {

View identity_view(int rank) {
  View view{.rank = rank};
  for (int axis = 0; axis < rank; ++axis) view.axes[static_cast<std::size_t>(axis)] = axis;
  return view;
}

Mapping::Mapping(const View& view, const Shape& a, const Shape& b, const Shape& b_strides)
    : rank_(view.rank), ordered_(view.ordered), order_(view.order.get()) {
  for (std::size_t axis = 0; axis < axis_of(rank_); ++axis) {
    const std::size_t of_b = axis_of(view.axes[axis]);
    const std::int64_t shift = view.shift[axis];
    begin_[axis] = std::max<std::int64_t>(0, shift);
    end_[axis] = std::max(begin_[axis], std::min(a[axis], b[of_b] + shift));
    slope_[axis] = view.reversed[axis] ? -b_strides[of_b] : b_strides[of_b];
    const std::int64_t at_zero = view.reversed[axis] ? b[of_b] - 1 + shift : -shift;
    first_[axis] = at_zero * b_strides[of_b];
  }
}

std::int64_t Mapping::count() const {
  std::int64_t product = 1;
  for (std::size_t axis = 0; axis < axis_of(rank_); ++axis) product *= end_[axis] - begin_[axis];
  return product;
}

}  // namespace tconv::diff
