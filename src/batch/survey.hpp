// What a batch will take, told from the headers of its inputs.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "batch/chain.hpp"
#include "batch/outputs.hpp"
#include "batch/resume.hpp"
#include "batch/schedule.hpp"

namespace tconv::batch {

struct SurveyRequest {
  const Chain& chain;
  std::span<const Item> items{};
  std::span<const Fate> fates{};  // of each item; only those to be computed are looked at
  PlanOptions plan{};
};

// What the first and the largest input take, whichever is more, without looking at the others.
// Where neither can be described it is a guess from their sizes, the run itself then saying what is
// wrong; but what no input could change, a SPEC that is refused or weights that are missing, fails.
Result<ChainNeeds> largest_needs(const SurveyRequest& request);

// Inputs that are alike.
struct ShapeCount {
  Shape x_shape{};
  DType x_dtype = DType::Float32;
  ChainNeeds needs{};
  std::int64_t items = 0;
};

struct Survey {
  std::vector<ShapeCount> shapes{};  // the first one met in front
  std::int64_t x_bytes = 0, y_bytes = 0, macs = 0;
  std::int64_t refused = 0;  // inputs that would fail
  std::optional<Error> first_refusal{};
};

// Looks at the header of every input.
Survey survey(const SurveyRequest& request);

}  // namespace tconv::batch
