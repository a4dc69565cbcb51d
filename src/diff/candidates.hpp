// Lists of what may have happened to the indices of a tensor, the simpler first.
#pragma once
#include "diff/view.hpp"

namespace tconv::diff {

// Every non-empty set of axes, of more than one element each, that may be reversed.
std::vector<PerAxis<bool>> reversals(const Shape& shape);

// Every shift other than none by at most kLargestShift along at most three axes that leaves an
// eighth of the elements to compare.
std::vector<PerAxis<std::int64_t>> shifts(const Shape& shape);

// Every order of B's axes, other than their own, that gives A's shape. Axes of one element count as
// one: they move no element.
std::vector<View> permutations(const Shape& a, const Shape& b);

// Where B may lie in A, or A in B, along each axis, if their extents are at most kLargestShift
// apart and they have as many axes.
std::vector<View> cuts(const Shape& a, const Shape& b);

}  // namespace tconv::diff
