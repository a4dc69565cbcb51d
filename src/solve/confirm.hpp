// A candidate as its framework sees it.
#pragma once
#include <optional>
#include <vector>

#include "solve/solve.hpp"

namespace tconv::solve {

// May this form answer the question at all?
bool is_asked(const Question& question, const frameworks::Form& form);

// The layer with these numbers, lowered for every input: nothing where the framework refuses it or
// an output differs.
std::optional<Solution> confirm(const Question& question, const frameworks::Framework& framework,
                                const frameworks::Form& form,
                                const std::vector<frameworks::AxisChoice>& axes);

}  // namespace tconv::solve
