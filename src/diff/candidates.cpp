#include "diff/candidates.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace tconv::diff {
namespace {

constexpr int kMostShiftedAxes = 3;
constexpr int kMostPermutedAxes = 6;       // 720 orders
constexpr std::int64_t kLeastOverlap = 8;  // one in so many elements

int rank_of(const Shape& shape) { return static_cast<int>(shape.size()); }

// Sorted by how many axes it concerns, then by how far it goes.
struct ShiftCost {
  int axes = 0;
  std::int64_t distance = 0;
  friend auto operator<=>(const ShiftCost&, const ShiftCost&) = default;
};

ShiftCost cost_of(const PerAxis<std::int64_t>& shift) {
  ShiftCost cost;
  for (const std::int64_t by : shift) {
    cost.axes += by != 0;
    cost.distance += std::abs(by);
  }
  return cost;
}

// Every combination of low[axis] to high[axis], of which at most `most` axes are not 0.
std::vector<PerAxis<std::int64_t>> combinations(const PerAxis<std::int64_t>& low,
                                                const PerAxis<std::int64_t>& high, int rank,
                                                int most) {
  std::vector<PerAxis<std::int64_t>> all{PerAxis<std::int64_t>{}};
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(rank); ++axis) {
    const std::size_t before = all.size();
    for (std::size_t i = 0; i < before; ++i) {
      const PerAxis<std::int64_t> start = all[i];
      if (cost_of(start).axes == most) continue;
      for (std::int64_t by = low[axis]; by <= high[axis]; ++by) {
        if (by == 0) continue;
        all.push_back(start);
        all.back()[axis] = by;
      }
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& x, const auto& y) { return cost_of(x) < cost_of(y); });
  return all;
}

}  // namespace

std::vector<PerAxis<bool>> reversals(const Shape& shape) {
  std::vector<PerAxis<bool>> all;
  const unsigned sets = 1U << shape.size();
  for (unsigned set = 1; set < sets; ++set) {
    PerAxis<bool> reversed{};
    bool moves = true;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      reversed[axis] = (set >> axis & 1U) != 0;
      moves = moves && (!reversed[axis] || shape[axis] > 1);
    }
    if (moves) all.push_back(reversed);
  }
  const auto axes = [](const PerAxis<bool>& r) { return std::count(r.begin(), r.end(), true); };
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& x, const auto& y) { return axes(x) < axes(y); });
  return all;
}

std::vector<PerAxis<std::int64_t>> shifts(const Shape& shape) {
  PerAxis<std::int64_t> low{}, high{};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    high[axis] = std::max<std::int64_t>(0, std::min(kLargestShift, shape[axis] - 1));
    low[axis] = -high[axis];
  }
  auto all = combinations(low, high, rank_of(shape), kMostShiftedAxes);
  all.erase(all.begin());  // none at all
  std::erase_if(all, [&](const PerAxis<std::int64_t>& shift) {
    double share = 1;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      share *= 1 - static_cast<double>(std::abs(shift[axis])) / static_cast<double>(shape[axis]);
    }
    return share * double{kLeastOverlap} < 1;
  });
  return all;
}

std::vector<View> permutations(const Shape& a, const Shape& b) {
  const int rank = rank_of(a);
  std::vector<View> all;
  if (b.size() != a.size() || rank > kMostPermutedAxes) return all;
  std::vector<int> order(a.size());
  std::iota(order.begin(), order.end(), 0);
  while (std::next_permutation(order.begin(), order.end())) {
    View view{.rank = rank};
    int last = -1;  // of the axes that move elements
    bool fits = true, other = false, ones_in_order = true;
    int last_one = -1;
    for (std::size_t axis = 0; axis < a.size(); ++axis) {
      const int of_b = order[axis];
      view.axes[axis] = of_b;
      fits = fits && a[axis] == b[static_cast<std::size_t>(of_b)];
      int& before = a[axis] == 1 ? last_one : last;
      if (a[axis] == 1) {
        ones_in_order = ones_in_order && before < of_b;
      } else {
        other = other || before > of_b;
      }
      before = of_b;
    }
    // Of tensors of one shape an order that moves no element is none.
    if (fits && ones_in_order && (other || a != b)) all.push_back(view);
  }
  return all;
}

std::vector<View> cuts(const Shape& a, const Shape& b) {
  if (a.size() != b.size() || a == b) return {};
  PerAxis<std::int64_t> low{}, high{};
  for (std::size_t axis = 0; axis < a.size(); ++axis) {
    const std::int64_t longer = a[axis] - b[axis];
    if (std::abs(longer) > kLargestShift || std::min(a[axis], b[axis]) == 0) return {};
    low[axis] = std::min<std::int64_t>(0, longer);
    high[axis] = std::max<std::int64_t>(0, longer);
  }
  std::vector<View> all;
  for (const auto& shift : combinations(low, high, rank_of(a), kMostShiftedAxes)) {
    View view = identity_view(rank_of(a));
    view.shift = shift;
    all.push_back(view);
  }
  return all;
}

}  // namespace tconv::diff
