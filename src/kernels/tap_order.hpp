// The order in which packed weights hold the taps of a kernel: those that one phase of the outputs
// meets follow each other, so that a phase reads its weights in one stretch.
//
// On an axis with t = (p*a + j*b + c) / e (axis_map.hpp), taps j and j' meet the same outputs if
// (j - j')*b is a multiple of e: the taps of a group are e/gcd(b, e) apart. That leaves out where
// the outputs begin, so problems that differ only in their extents share their packed weights.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/axis_map.hpp"
#include "kernels/box.hpp"

namespace tconv::kernels {

class TapOrder {
 public:
  explicit TapOrder(const Problem& problem);

  // The taps of one phase: `count` of them, numbered first, first + 1, ...
  struct Group {
    std::int64_t first = 0, count = 0;
  };
  const std::vector<Group>& groups() const { return groups_; }
  std::int64_t count() const { return kernel_[0] * kernel_[1] * kernel_[2]; }  // of all taps

  // Calls each(tap) in their order.
  template <typename Each>
  void for_each_tap(const Each& each) const {
    Box firsts{};
    for (std::size_t a = 0; a < kBoxAxes; ++a) firsts[a] = std::min(period_[a], kernel_[a]);
    for_each_in(firsts, [&](const Box& first) {
      for_each_in(counts(first), [&](const Box& i) {
        Box tap{};
        for (std::size_t a = 0; a < kBoxAxes; ++a) tap[a] = first[a] + i[a] * period_[a];
        each(tap);
      });
    });
  }

  const Group& group_of(const Box& tap) const;
  // Number i of a group, counted along each axis, is tap number i[0]*step[0] + i[1]*step[1] + i[2]
  // of it.
  Box group_steps(const Box& tap) const;
  std::int64_t number_along(std::size_t axis, std::int64_t tap) const {
    return period_[axis] == 1 ? tap : tap / period_[axis];
  }

 private:
  // Along each axis, the taps of the group that begins with `first`.
  Box counts(const Box& first) const {
    Box result{};
    for (std::size_t a = 0; a < kBoxAxes; ++a) {
      result[a] = (kernel_[a] - first[a] + period_[a] - 1) / period_[a];
    }
    return result;
  }

  Box period_{};  // from a tap to the next of its group, along each axis
  Box kernel_{};
  std::vector<Group> groups_;
};

}  // namespace tconv::kernels
