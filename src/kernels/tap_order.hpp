// The order in which packed weights hold the taps of a kernel: those that one phase of the outputs
// meets follow each other, so that a phase reads its weights in one stretch.
//
// On an axis with t = (p*a + j*b + c) / e (axis_map.hpp), taps j and j' meet the same outputs if
// (j - j')*b is a multiple of e: the taps of a group are e/gcd(b, e) apart. That leaves out where
// the outputs begin, so problems that differ only in their extents share their packed weights.
#pragma once
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
  const std::vector<Box>& taps() const { return taps_; }  // in their order

  const Group& group_of(const Box& tap) const;
  std::int64_t number_in_group(const Box& tap) const;

 private:
  Box period_{};  // from a tap to the next of its group, along each axis
  Box kernel_{};
  std::vector<Group> groups_;
  std::vector<Box> taps_;
};

}  // namespace tconv::kernels
