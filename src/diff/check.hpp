// The full test of one hypothesis.
#pragma once
#include "diff/hypothesis.hpp"

namespace tconv::diff {

// Whether the hypothesis makes all elements that meet equal; stops at the first that it does not.
// Adds the elements it looked at to `work`.
//
// A factor and a constant are not guessed: each element leaves an interval of values that would do
// for it, and what is left of all of them is the answer. Only where both are wanted, the factor
// comes from least squares first.
std::optional<Proof> check(const Subject& subject, const Hypothesis& hypothesis,
                           std::int64_t& work);

}  // namespace tconv::diff
