// A quick test that throws out nearly all wrong hypotheses on a few hundred elements.
#pragma once
#include "diff/hypothesis.hpp"

namespace tconv::diff {

using Index = PerAxis<std::int64_t>;

class Screen {
 public:
  // `differing` are indices at which the tensors differ, which say more than others; none where the
  // shapes do. The subject is kept by reference.
  Screen(const Subject& subject, const std::vector<Index>& differing);

  // False where an element disproves the hypothesis. Fits are tried alone, never both.
  bool passes(const Hypothesis& hypothesis, std::int64_t& work) const;

  // Whether rounding a side to the dtype changes anything, as far as the samples tell.
  bool rounding_changes(Side side, DType dtype) const;

  // Indices to look at.
  const std::vector<Index>& indices() const { return indices_; }

 private:
  bool passes_equal(const Hypothesis& hypothesis, const Mapping& mapping, std::int64_t& work) const;
  bool passes_fit(const Hypothesis& hypothesis, const Mapping& mapping, std::int64_t& work) const;
  double a_at(const Index& index, const Rounding& rounding) const;
  double b_at(std::int64_t position, const Rounding& rounding) const;
  void sample(const std::vector<Index>& differing);
  void sample_grid(const std::vector<Index>& differing);

  const Subject& subject_;
  std::vector<Index> indices_;
  std::vector<double> values_;  // of A at indices_
  // A grid, so that each index of an axis comes several times: what is fitted to it is over-
  // determined. slots_ say which of an axis's few indices.
  std::vector<Index> grid_, slots_;
};

}  // namespace tconv::diff
