// One explanation to be tried, and what it is tried on.
#pragma once
#include <optional>
#include <vector>

#include "diff/elements.hpp"
#include "diff/view.hpp"

namespace tconv::diff {

// Two tensors, dense and native, and when their elements count as equal.
struct Subject {
  Subject(const io::Tensor& a_tensor, const io::Tensor& b_tensor, const io::Tolerance& rule);

  // Allowed beside the tolerance where a factor or a constant was applied in between: that rounded
  // once, to the coarser of the dtypes.
  double slack(double x, double y) const { return epsilon * (std::abs(x) + std::abs(y)); }

  Elements a, b;
  Shape a_shape, b_shape, a_strides, b_strides;
  io::Tolerance tolerance;
  double epsilon = 0;
};

struct Rounding {
  enum class Kind {
    None,
    Apply,   // `side` is rounded before anything else
    Within,  // `side` has been rounded after everything else
  };
  Kind kind = Kind::None;
  Side side = Side::B;
  DType dtype = DType::Float16;
};

// A value for all elements, or one for each index of one of A's axes.
struct Fit {
  static constexpr int kNone = -2, kAll = -1;
  int axis = kNone;

  bool used() const { return axis != kNone; }
  std::size_t groups(const Shape& shape) const {
    return axis < 0 ? 1 : static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
  }
};

// A = scale * B + add, elements meeting as the view says.
struct Hypothesis {
  View view{};
  Rounding rounding{};
  Fit scale{}, add{};
};

struct Proof {
  std::int64_t compared = 0;
  std::vector<double> scale{}, add{};  // one for each group of the fits
};

// The values that satisfy every element seen so far.
struct Interval {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  bool empty() const { return low > high; }
  bool bounded() const { return std::isfinite(low) && std::isfinite(high); }
  bool contains(double value) const { return low <= value && value <= high; }

  // Each narrows it to the values for which an element holds: |a - b - value| <= h, and
  // |a - value * b| <= h.
  void meet_sum(double a, double b, double h) {
    low = std::max(low, a - b - h);
    high = std::min(high, a - b + h);
  }
  void meet_product(double a, double b, double h) {
    if (b == 0) {
      if (!(std::abs(a) <= h)) high = -std::numeric_limits<double>::infinity();
      return;
    }
    const double one = (a - h) / b, other = (a + h) / b;
    low = std::max(low, std::min(one, other));
    high = std::min(high, std::max(one, other));
  }

  // The shortest decimal in it; `neutral` where anything will do.
  double shortest(double neutral) const;
};

}  // namespace tconv::diff
