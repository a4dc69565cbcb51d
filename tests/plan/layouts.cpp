#include "plan/layouts.hpp"

#include <functional>
#include <numeric>

namespace tconv::test {
namespace {

// Axes from the one that varies fastest. Activations: batch 0, group 1, channel 2, then D H W.
// Weights: group 0, out 1, in 2, then D H W.
constexpr std::array<std::size_t, kDims> kRowMajor = {5, 4, 3, 2, 1, 0};
constexpr std::array<std::size_t, kDims> kGroupsApart = {5, 4, 3, 2, 0, 1};
constexpr std::array<std::size_t, kDims> kFortran = {0, 2, 1, 3, 4, 5};
constexpr std::array<std::size_t, kDims> kChannelsLast = {2, 1, 5, 4, 3, 0};
constexpr std::array<std::size_t, kDims> kFilterLast = {1, 0, 2, 5, 4, 3};  // as HWIO

}  // namespace

std::string_view name(Layout layout) {
  constexpr std::string_view kNames[] = {"channels-first", "channels-last", "fortran",
                                         "backwards",      "sliced",        "sliced-last",
                                         "groups-apart"};
  return kNames[static_cast<std::size_t>(layout)];
}

Placement place(const Dims& extents, Layout layout, bool weights) {
  const bool last = layout == Layout::ChannelsLast || layout == Layout::SlicedLast;
  const bool sliced = layout == Layout::Sliced || layout == Layout::SlicedLast;
  const auto& order = layout == Layout::Fortran       ? kFortran
                      : layout == Layout::GroupsApart ? kGroupsApart
                      : !last                         ? kRowMajor
                      : weights                       ? kFilterLast
                                                      : kChannelsLast;
  Placement placement{.count = 1};
  std::int64_t step = layout == Layout::Sliced ? 2 : 1;
  for (const std::size_t dim : order) {
    // Group and channel are one axis of the array: nothing lies between groups.
    const bool joined = dim == 2;
    placement.strides[dim] = step;
    step *= extents[dim] + (sliced && (weights || !joined) ? 1 : 0);
    if (extents[dim] == 0) return {};
    placement.count += (extents[dim] - 1) * placement.strides[dim];
  }
  if (layout == Layout::Backwards) {
    placement.first = placement.count - 1;
    for (std::int64_t& stride : placement.strides) stride = -stride;
  }
  return placement;
}

Dims x_extents(const Problem& p) {
  const Axis* const axes = &p.axes[kMaxAxes - 3];
  return {p.batch, p.groups, p.in_channels / p.groups, axes[0].input, axes[1].input, axes[2].input};
}

Dims y_extents(const Problem& p) {
  const auto extents = output_extents(p);
  const std::int64_t* const y = &(*extents)[kMaxAxes - 3];
  return {p.batch, p.groups, p.out_channels / p.groups, y[0], y[1], y[2]};
}

Dims w_extents(const Problem& p) {
  const Axis* const axes = &p.axes[kMaxAxes - 3];
  return {p.groups,
          p.out_channels / p.groups,
          p.in_channels / p.groups,
          axes[0].kernel,
          axes[1].kernel,
          axes[2].kernel};
}

std::int64_t volume(const Dims& extents) {
  return std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace tconv::test
