// The hypotheses in order of simplicity, tried until one holds.
#pragma once
#include "diff/order.hpp"

namespace tconv::diff {

struct Finding {
  Hypothesis hypothesis{};
  Proof proof{};
};

// Whether elements may meet others than those at their own index.
enum class Moves { No, Yes };

class Search {
 public:
  // `differing` as Screen takes it. Holds what it is given.
  Search(Subject subject, std::vector<Index> differing, Moves moves, std::int64_t work_limit);

  // Each tries its hypotheses and returns the first that holds.
  std::optional<Finding> unchanged();  // B as it is
  std::optional<Finding> permuted();   // B with its axes in another order, nothing else
  std::optional<Finding> cut();        // parts of A and B, of shapes that nearly are the same
  std::optional<Finding> one();        // of tensors of one shape
  std::optional<Finding> two();        // of tensors of one shape
  // One more beside B's axes in another order, or beside the part that was cut.
  std::optional<Finding> one_beside_permuted();
  std::optional<Finding> one_beside_cut();

  std::int64_t hypotheses() const { return hypotheses_; }
  bool complete() const { return work_ < work_limit_; }

 private:
  bool holds(const Hypothesis& hypothesis);
  bool shows_enough(const View& view, std::int64_t compared) const;
  bool order(Hypothesis& hypothesis, int axis, Likeness likeness);

  // All of these stop at the first that holds.
  bool each_rounding(const Hypothesis& base);
  bool each_reversal(const Hypothesis& base);
  bool each_shift(const Hypothesis& base);
  bool each_order(const Hypothesis& base);
  bool each_order_and_fit(const Hypothesis& base);
  bool each_fit(const Hypothesis& base);
  bool each_of_indices(const Hypothesis& base);
  bool fits_and_rounding(const Hypothesis& base);
  bool two_of_indices(const Hypothesis& base);
  std::optional<Finding> found(bool any);

  Hypothesis base() const;

  const Subject subject_;
  const std::vector<Index> differing_;
  const Screen screen_;
  const std::int64_t work_limit_;
  std::int64_t work_ = 0, hypotheses_ = 0;
  const int rank_;
  const Moves moves_;
  std::vector<Rounding> roundings_;
  std::vector<PerAxis<bool>> reversals_;
  std::vector<PerAxis<std::int64_t>> shifts_;
  std::vector<View> permutations_, cuts_;
  Finding finding_{};
};

}  // namespace tconv::diff
