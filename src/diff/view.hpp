// How the elements of two tensors meet: B with its axes in another order, some of them reversed,
// one re-ordered, and then moved against A.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "diff/diagnose.hpp"

namespace tconv::diff {

template <typename T>
using PerAxis = std::array<T, kMaxRank>;

// Every member is by A's axes, but for what `axes` names.
struct View {
  int rank = 0;
  PerAxis<int> axes{};  // B's axis
  PerAxis<bool> reversed{};
  PerAxis<std::int64_t> shift{};  // A's index i meets B's index i - shift, counted after reversing
  int ordered = -1;               // the axis whose indices are looked up; -1: none
  std::shared_ptr<const std::vector<std::int64_t>> order{};  // B's index for each of A's
};

View identity_view(int rank);

// The view over tensors of given extents.
class Mapping {
 public:
  // Extents and, in elements, strides of B are by its own axes.
  Mapping(const View& view, const Shape& a, const Shape& b, const Shape& b_strides);

  int rank() const { return rank_; }
  // A's indices that have a counterpart: begin to end, the end excluded; none where they are equal.
  std::int64_t begin(int axis) const { return begin_[axis_of(axis)]; }
  std::int64_t end(int axis) const { return end_[axis_of(axis)]; }
  std::int64_t count() const;  // elements that have a counterpart

  bool inside(const PerAxis<std::int64_t>& index) const {
    for (std::size_t axis = 0; axis < axis_of(rank_); ++axis) {
      if (index[axis] < begin_[axis] || index[axis] >= end_[axis]) return false;
    }
    return true;
  }

  // What an index of A adds to the position of the counterpart in B.
  std::int64_t offset(int axis, std::int64_t index) const {
    const std::size_t a = axis_of(axis);
    const std::int64_t at = axis == ordered_ ? (*order_)[static_cast<std::size_t>(index)] : index;
    return first_[a] + slope_[a] * at;
  }

  // Position of the counterpart in B, of an index that is inside.
  std::int64_t position(const PerAxis<std::int64_t>& index) const {
    std::int64_t sum = 0;
    for (int axis = 0; axis < rank_; ++axis) sum += offset(axis, index[axis_of(axis)]);
    return sum;
  }

 private:
  static std::size_t axis_of(int axis) { return static_cast<std::size_t>(axis); }

  int rank_ = 0, ordered_ = -1;
  const std::vector<std::int64_t>* order_ = nullptr;  // the view's
  PerAxis<std::int64_t> begin_{}, end_{}, first_{}, slope_{};
};

}  // namespace tconv::diff
