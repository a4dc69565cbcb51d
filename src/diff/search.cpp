#include "diff/search.hpp"

#include <algorithm>
#include <utility>

#include "diff/candidates.hpp"
#include "diff/check.hpp"
#include "diff/order.hpp"

namespace tconv::diff {
namespace {

constexpr std::int64_t kLongestOrder = 4096;  // indices of an axis whose order is looked for

std::vector<Rounding> useful_roundings(const Screen& screen) {
  std::vector<Rounding> all;
  for (const DType dtype : {DType::Float16, DType::BFloat16}) {
    for (const Side side : {Side::A, Side::B}) {
      if (!screen.rounding_changes(side, dtype)) continue;
      all.push_back({.kind = Rounding::Kind::Apply, .side = side, .dtype = dtype});
    }
  }
  return all;
}

bool is_moved(const View& view) {
  return std::any_of(view.shift.begin(), view.shift.end(), [](std::int64_t by) { return by != 0; });
}

}  // namespace

Search::Search(Subject subject, std::vector<Index> differing, Moves moves, std::int64_t work_limit)
    : subject_(std::move(subject)),
      differing_(std::move(differing)),
      screen_(subject_, differing_),
      work_limit_(work_limit),
      rank_(static_cast<int>(subject_.a_shape.size())),
      moves_(moves),
      roundings_(useful_roundings(screen_)) {
  if (moves == Moves::No) return;
  reversals_ = reversals(subject_.a_shape);
  shifts_ = shifts(subject_.a_shape);
  permutations_ = permutations(subject_.a_shape, subject_.b_shape);
  cuts_ = cuts(subject_.a_shape, subject_.b_shape);
}

Hypothesis Search::base() const { return {.view = identity_view(rank_)}; }

// Of tensors of one shape, a shift must not move away what differs, neither from A's part that is
// compared nor from B's: a quarter has to stay, which of a 3x3 kernel is all that one pixel leaves.
bool Search::shows_enough(const View& view, std::int64_t compared) const {
  if (!is_moved(view) || differing_.empty()) return compared > 1 || rank_ == 0;
  const Mapping mapping(view, subject_.a_shape, subject_.b_shape, subject_.b_strides);
  std::size_t in_a = 0, in_b = 0;
  for (const Index& index : differing_) {
    in_a += mapping.inside(index);
    bool inside = true;
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(rank_); ++axis) {
      const std::int64_t extent = subject_.a_shape[axis];
      const std::int64_t j = index[static_cast<std::size_t>(view.axes[axis])];
      const std::int64_t i = (view.reversed[axis] ? extent - 1 - j : j) + view.shift[axis];
      inside = inside && 0 <= i && i < extent;
    }
    in_b += inside;
  }
  return compared > 1 && 4 * in_a >= differing_.size() && 4 * in_b >= differing_.size();
}

bool Search::holds(const Hypothesis& hypothesis) {
  if (work_ >= work_limit_) return false;
  ++hypotheses_;
  const bool both_fits = hypothesis.scale.used() && hypothesis.add.used();
  const bool screened = !both_fits && hypothesis.rounding.kind != Rounding::Kind::Within;
  if (screened && !screen_.passes(hypothesis, work_)) return false;
  const Mapping mapping(hypothesis.view, subject_.a_shape, subject_.b_shape, subject_.b_strides);
  if (!shows_enough(hypothesis.view, mapping.count())) return false;
  auto proof = check(subject_, hypothesis, work_);
  if (!proof) return false;
  finding_ = {.hypothesis = hypothesis, .proof = std::move(*proof)};
  return true;
}

bool Search::each_rounding(const Hypothesis& base) {
  return std::any_of(roundings_.begin(), roundings_.end(), [&](const Rounding& rounding) {
    Hypothesis hypothesis = base;
    hypothesis.rounding = rounding;
    return holds(hypothesis);
  });
}

bool Search::each_reversal(const Hypothesis& base) {
  return std::any_of(reversals_.begin(), reversals_.end(), [&](const PerAxis<bool>& reversed) {
    Hypothesis hypothesis = base;
    hypothesis.view.reversed = reversed;
    return holds(hypothesis);
  });
}

bool Search::each_shift(const Hypothesis& base) {
  Hypothesis hypothesis = base;
  return std::any_of(shifts_.begin(), shifts_.end(), [&](const PerAxis<std::int64_t>& shift) {
    hypothesis.view.shift = shift;
    const int ordered = hypothesis.view.ordered;
    if (ordered >= 0 && shift[static_cast<std::size_t>(ordered)] != 0) return false;
    return holds(hypothesis);
  });
}

// The axis in its own order, or in one that the elements tell.
bool Search::order(Hypothesis& hypothesis, int axis, Likeness likeness) {
  const auto a = static_cast<std::size_t>(axis);
  const std::int64_t extent = subject_.a_shape[a];
  if (moves_ == Moves::No || work_ >= work_limit_) return false;
  if (extent < 2 || extent > kLongestOrder) return false;
  if (hypothesis.view.shift[a] != 0 || hypothesis.view.reversed[a]) return false;
  ++hypotheses_;
  hypothesis.view.order = find_order(subject_, screen_,
                                     {.view = hypothesis.view,
                                      .rounding = hypothesis.rounding,
                                      .axis = axis,
                                      .likeness = likeness},
                                     work_);
  hypothesis.view.ordered = axis;
  return hypothesis.view.order != nullptr;
}

bool Search::each_order(const Hypothesis& base) {
  for (int axis = 0; axis < rank_; ++axis) {
    Hypothesis hypothesis = base;
    if (order(hypothesis, axis, Likeness::Equal) && holds(hypothesis)) return true;
  }
  return false;
}

// An order, and a factor or a constant for all or for each index in it.
bool Search::each_order_and_fit(const Hypothesis& base) {
  for (int axis = 0; axis < rank_; ++axis) {
    for (const Likeness likeness : {Likeness::ButConstant, Likeness::ButFactor}) {
      Hypothesis hypothesis = base;
      if (!order(hypothesis, axis, likeness)) continue;
      Fit& fit = likeness == Likeness::ButFactor ? hypothesis.scale : hypothesis.add;
      for (const int of : {Fit::kAll, axis}) {
        fit.axis = of;
        if (holds(hypothesis)) return true;
      }
    }
  }
  return false;
}

bool Search::each_fit(const Hypothesis& base) {
  for (int axis = Fit::kAll; axis < rank_; ++axis) {
    Hypothesis hypothesis = base;
    hypothesis.scale.axis = axis;
    if (holds(hypothesis)) return true;
    hypothesis = base;
    hypothesis.add.axis = axis;
    if (holds(hypothesis)) return true;
  }
  return false;
}

bool Search::each_of_indices(const Hypothesis& base) {
  return each_reversal(base) || each_shift(base) || each_order(base);
}

std::optional<Finding> Search::found(bool any) {
  if (!any) return std::nullopt;
  return finding_;
}

std::optional<Finding> Search::unchanged() { return found(holds(base())); }

std::optional<Finding> Search::permuted() {
  for (const View& view : permutations_) {
    if (holds({.view = view})) return finding_;
  }
  return std::nullopt;
}

std::optional<Finding> Search::cut() {
  for (const View& view : cuts_) {
    if (holds({.view = view})) return finding_;
  }
  return std::nullopt;
}

std::optional<Finding> Search::one() {
  if (each_rounding(base()) || each_reversal(base())) return finding_;
  if (auto finding = permuted()) return finding;
  return found(each_shift(base()) || each_order(base()) || each_fit(base()));
}

// Reversed and shifted, and both of them with an order; permutations come with one_beside_permuted.
bool Search::two_of_indices(const Hypothesis& base) {
  for (const PerAxis<bool>& reversed : reversals_) {
    Hypothesis hypothesis = base;
    hypothesis.view.reversed = reversed;
    if (each_shift(hypothesis) || each_order(hypothesis)) return true;
  }
  for (const PerAxis<std::int64_t>& shift : shifts_) {
    Hypothesis hypothesis = base;
    hypothesis.view.shift = shift;
    if (each_order(hypothesis)) return true;
  }
  return false;
}

// A factor and a constant; either of them with a rounding, before or after.
bool Search::fits_and_rounding(const Hypothesis& base) {
  for (int add = Fit::kAll; add < rank_; ++add) {
    Hypothesis hypothesis = base;
    hypothesis.scale.axis = Fit::kAll;
    hypothesis.add.axis = add;
    if (holds(hypothesis)) return true;
  }
  for (int axis = 0; axis < rank_; ++axis) {
    Hypothesis hypothesis = base;
    hypothesis.scale.axis = hypothesis.add.axis = axis;
    if (holds(hypothesis)) return true;
  }
  for (const Rounding& rounding : roundings_) {
    Hypothesis hypothesis = base;
    hypothesis.rounding = rounding;
    if (each_fit(hypothesis)) return true;
  }
  for (const DType dtype : {DType::Float16, DType::BFloat16}) {
    for (const Side side : {Side::A, Side::B}) {
      if (screen_.rounding_changes(side, dtype)) continue;  // it was not rounded
      Hypothesis hypothesis = base;
      hypothesis.rounding = {.kind = Rounding::Kind::Within, .side = side, .dtype = dtype};
      if (each_fit(hypothesis)) return true;
    }
  }
  return false;
}

std::optional<Finding> Search::two() {
  if (fits_and_rounding(base()) || two_of_indices(base())) return finding_;
  if (auto finding = one_beside_permuted()) return finding;
  const auto with_value = [&](const View& view) {
    const Hypothesis hypothesis{.view = view};
    return each_rounding(hypothesis) || each_fit(hypothesis);
  };
  for (const PerAxis<bool>& reversed : reversals_) {
    Hypothesis hypothesis = base();
    hypothesis.view.reversed = reversed;
    if (with_value(hypothesis.view)) return finding_;
  }
  for (const PerAxis<std::int64_t>& shift : shifts_) {
    Hypothesis hypothesis = base();
    hypothesis.view.shift = shift;
    if (with_value(hypothesis.view)) return finding_;
  }
  for (const Rounding& rounding : roundings_) {
    Hypothesis hypothesis = base();
    hypothesis.rounding = rounding;
    if (each_order(hypothesis)) return finding_;
  }
  return found(each_order_and_fit(base()));
}

std::optional<Finding> Search::one_beside_permuted() {
  for (const View& view : permutations_) {
    const Hypothesis hypothesis{.view = view};
    if (each_of_indices(hypothesis) || each_rounding(hypothesis) || each_fit(hypothesis)) {
      return finding_;
    }
  }
  return std::nullopt;
}

std::optional<Finding> Search::one_beside_cut() {
  for (const View& view : cuts_) {
    const Hypothesis hypothesis{.view = view};
    if (each_reversal(hypothesis) || each_order(hypothesis) || each_rounding(hypothesis) ||
        each_fit(hypothesis)) {
      return finding_;
    }
  }
  return std::nullopt;
}

}  // namespace tconv::diff
