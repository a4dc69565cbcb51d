// One axis of one form: all numbers that take each input to its output.
#pragma once
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "solve/solve.hpp"

namespace tconv::solve {

// The output along an axis; below 1 where there is none.
std::int64_t output_of(const frameworks::Form& form, const frameworks::AxisChoice& choice,
                       std::int64_t input, std::int64_t wanted);

// Kernels, strides, dilations and output paddings that a question leaves open, one after the other;
// `visit` fills in the pads.
void each_choice(const frameworks::Form& form, const AxisQuestion& question,
                 const std::function<void(frameworks::AxisChoice&)>& visit);

// The ranges of a form's pads for such a choice. `step` is by how much the ends may differ.
struct PadSpace {
  Range low{0, 0}, high{0, 0};
  std::int64_t step = 0;  // high - low is -step to step
};
PadSpace pad_space(const frameworks::Form& form, const AxisQuestion& question,
                   const frameworks::AxisChoice& choice);

std::vector<frameworks::AxisChoice> search_axis(const frameworks::Form& form,
                                                const AxisQuestion& question);

// The tuples of outputs nearest to the wanted ones, by the sum of their distances, that are not the
// wanted ones: those that fall short in sum, and the others.
struct NearestOutputs {
  std::set<std::pair<std::int64_t, std::vector<std::int64_t>>> below{}, above{};
};
void add_nearest(const frameworks::Form& form, const AxisQuestion& question,
                 NearestOutputs& nearest);

}  // namespace tconv::solve
