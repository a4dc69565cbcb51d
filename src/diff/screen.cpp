#include "diff/screen.hpp"

#include <algorithm>
#include <random>

namespace tconv::diff {
namespace {

constexpr std::size_t kSamples = 256;
constexpr std::size_t kGrid = 256;      // elements of the grid at most
constexpr std::size_t kMostSlots = 16;  // indices of an axis in the grid at most

// Own arithmetic, not std::uniform_int_distribution: the same samples everywhere.
std::int64_t below(std::mt19937_64& random, std::int64_t end) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
}

Index random_index(std::mt19937_64& random, const Shape& shape) {
  Index index{};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) index[axis] = below(random, shape[axis]);
  return index;
}

// How many indices of each axis make a grid of at most kGrid elements.
std::size_t slots_per_axis(const Shape& shape) {
  std::size_t slots = kMostSlots;
  for (; slots > 2; --slots) {
    std::size_t elements = 1;
    for (const std::int64_t extent : shape) {
      elements *= std::min(slots, static_cast<std::size_t>(extent));
    }
    if (elements <= kGrid) break;
  }
  return slots;
}

}  // namespace

Screen::Screen(const Subject& subject, const std::vector<Index>& differing) : subject_(subject) {
  sample(differing);
  sample_grid(differing);
}

void Screen::sample(const std::vector<Index>& differing) {
  std::mt19937_64 random(1);
  const std::size_t known = std::min(differing.size(), kSamples / 2);
  for (std::size_t i = 0; i < known; ++i) {
    indices_.push_back(differing[i * differing.size() / known]);
  }
  while (indices_.size() < kSamples) indices_.push_back(random_index(random, subject_.a_shape));
  std::shuffle(indices_.begin(), indices_.end(), random);
  for (const Index& index : indices_) values_.push_back(a_at(index, {}));
}

void Screen::sample_grid(const std::vector<Index>& differing) {
  std::mt19937_64 random(2);
  const std::size_t slots = slots_per_axis(subject_.a_shape);
  std::vector<std::vector<std::int64_t>> chosen(subject_.a_shape.size());
  for (std::size_t axis = 0; axis < chosen.size(); ++axis) {
    const std::int64_t extent = subject_.a_shape[axis];
    const auto add = [&](std::int64_t i) {
      const bool there =
          std::find(chosen[axis].begin(), chosen[axis].end(), i) != chosen[axis].end();
      if (!there && chosen[axis].size() < slots) chosen[axis].push_back(i);
    };
    // Half of them from the elements that differ, as long as there are enough.
    for (std::size_t i = 0; i < differing.size() && chosen[axis].size() < (slots + 1) / 2; ++i) {
      add(differing[static_cast<std::size_t>(
          below(random, static_cast<std::int64_t>(differing.size())))][axis]);
    }
    const auto want = std::min(slots, static_cast<std::size_t>(extent));
    while (chosen[axis].size() < want) add(below(random, extent));
  }
  Index slot{};
  for (;;) {
    Index index{};
    for (std::size_t axis = 0; axis < chosen.size(); ++axis) {
      index[axis] = chosen[axis][static_cast<std::size_t>(slot[axis])];
    }
    grid_.push_back(index);
    slots_.push_back(slot);
    std::size_t axis = chosen.size();
    while (axis > 0 && ++slot[axis - 1] == static_cast<std::int64_t>(chosen[axis - 1].size())) {
      slot[--axis] = 0;
    }
    if (axis == 0) return;
  }
}

double Screen::a_at(const Index& index, const Rounding& rounding) const {
  std::int64_t position = 0;
  for (std::size_t axis = 0; axis < subject_.a_shape.size(); ++axis) {
    position += index[axis] * subject_.a_strides[axis];
  }
  const double value = subject_.a.at(position);
  const bool apply = rounding.kind == Rounding::Kind::Apply && rounding.side == Side::A;
  return apply ? rounded_to(rounding.dtype, value) : value;
}

double Screen::b_at(std::int64_t position, const Rounding& rounding) const {
  const double value = subject_.b.at(position);
  const bool apply = rounding.kind == Rounding::Kind::Apply && rounding.side == Side::B;
  return apply ? rounded_to(rounding.dtype, value) : value;
}

bool Screen::passes(const Hypothesis& hypothesis, std::int64_t& work) const {
  const Mapping mapping(hypothesis.view, subject_.a_shape, subject_.b_shape, subject_.b_strides);
  const bool fitted = hypothesis.scale.used() || hypothesis.add.used();
  return fitted ? passes_fit(hypothesis, mapping, work) : passes_equal(hypothesis, mapping, work);
}

bool Screen::passes_equal(const Hypothesis& hypothesis, const Mapping& mapping,
                          std::int64_t& work) const {
  const Rounding& rounding = hypothesis.rounding;
  const bool round_a = rounding.kind == Rounding::Kind::Apply && rounding.side == Side::A;
  for (std::size_t i = 0; i < indices_.size(); ++i) {
    ++work;
    if (!mapping.inside(indices_[i])) continue;
    const double a = round_a ? rounded_to(rounding.dtype, values_[i]) : values_[i];
    const double b = b_at(mapping.position(indices_[i]), rounding);
    if (!io::is_close(a, b, subject_.tolerance)) return false;
  }
  return true;
}

bool Screen::passes_fit(const Hypothesis& hypothesis, const Mapping& mapping,
                        std::int64_t& work) const {
  const bool sum = hypothesis.add.used();
  const int axis = sum ? hypothesis.add.axis : hypothesis.scale.axis;
  std::array<Interval, kMostSlots> intervals{};
  for (std::size_t i = 0; i < grid_.size(); ++i) {
    ++work;
    if (!mapping.inside(grid_[i])) continue;
    const double a = a_at(grid_[i], hypothesis.rounding);
    const double b = b_at(mapping.position(grid_[i]), hypothesis.rounding);
    if (!std::isfinite(a) || !std::isfinite(b)) continue;
    const double h = subject_.tolerance.absolute + subject_.tolerance.relative * std::abs(a) +
                     subject_.slack(a, b);
    const std::size_t slot =
        axis < 0 ? 0 : static_cast<std::size_t>(slots_[i][static_cast<std::size_t>(axis)]);
    if (sum) {
      intervals[slot].meet_sum(a, b, h);
    } else {
      intervals[slot].meet_product(a, b, h);
    }
    if (intervals[slot].empty()) return false;
  }
  return true;
}

bool Screen::rounding_changes(Side side, DType dtype) const {
  const Rounding none{};
  const Mapping identity(identity_view(static_cast<int>(subject_.b_shape.size())), subject_.b_shape,
                         subject_.b_shape, subject_.b_strides);
  std::mt19937_64 random(3);
  for (std::size_t i = 0; i < kSamples; ++i) {
    const double value =
        side == Side::A ? values_[i]
                        : b_at(identity.position(random_index(random, subject_.b_shape)), none);
    if (std::isfinite(value) && rounded_to(dtype, value) != value) return true;
  }
  return false;
}

}  // namespace tconv::diff
