// Where the elements of a problem's tensors lie, in the ways that users' arrays do.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "tconv/problem.hpp"

namespace tconv::test {

enum class Layout {
  ChannelsFirst,
  ChannelsLast,
  Fortran,     // the first index varies fastest
  Backwards,   // channels first, every axis read from its end
  Sliced,      // channels first, cut from a larger array: every second element, rows apart
  SlicedLast,  // channels last, cut from a larger array
  GroupsApart  // channels first, each group's images together: of x only
};
inline constexpr std::array kLayouts = {
    Layout::ChannelsFirst, Layout::ChannelsLast, Layout::Fortran,    Layout::Backwards,
    Layout::Sliced,        Layout::SlicedLast,   Layout::GroupsApart};

std::string_view name(Layout layout);

// A tensor of six axes: for activations batch, group, channel of the group and the last three
// axes of the problem, for weights group, out, in and those.
inline constexpr std::size_t kDims = 6;
using Dims = std::array<std::int64_t, kDims>;

struct Placement {
  std::int64_t first = 0;  // elements before the one with index 0 along every axis
  std::int64_t count = 0;  // elements from the lowest address to the highest
  Dims strides{};
};

Placement place(const Dims& extents, Layout layout, bool weights);

Dims x_extents(const Problem& problem);
Dims y_extents(const Problem& problem);  // the problem is one output_extents takes
Dims w_extents(const Problem& problem);
std::int64_t volume(const Dims& extents);

}  // namespace tconv::test
