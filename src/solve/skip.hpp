// A U-Net's skip connection: the encoder goes down from a size by a stride, the decoder comes up
// again and must end at the very size it is joined with.
#pragma once
#include <optional>
#include <vector>

#include "solve/solve.hpp"

namespace tconv::solve {

// What may lie below a skip connection, and how to come up from there, in one framework.
struct Below {
  std::vector<std::int64_t> sizes{};  // one for each axis
  std::optional<Solution> down{};     // the most usual layer that goes there
  Question down_question{};
  std::vector<Solution> exact{};  // layers from there to the skip's own size
  Question exact_question{};
  // The most usual layer that multiplies the size by the stride; its result is then padded or cut.
  std::optional<Solution> usual{};
  Question usual_question{};
};

// The question says frameworks (one), strides (one value an axis) and what else is asked of the
// layers that come up; each axis has `to`, the skip's size, and `from` where the size below is
// known.
Result<std::vector<Below>> solve_skip(const Question& question);

}  // namespace tconv::solve
