// Answers of `tconv solve` as a table, as layers to paste and as JSON.
#pragma once
#include <string>
#include <vector>

#include "cli/solve_options.hpp"
#include "solve/skip.hpp"
#include "solve/solve.hpp"

namespace tconv::cli {

// Found layers, most usual first.
std::string solve_text(const SolveRequest& request, const solve::Answer& answer);
std::string solve_json(const SolveRequest& request, const solve::Answer& answer,
                       const std::vector<solve::NearAxis>& nearest);

// Nothing found.
std::string nearest_text(const SolveRequest& request, const std::vector<solve::NearAxis>& nearest);

// "44 -> 89", "7 -> 14, 14 -> 28", "7x9 -> 14x18"
std::string sizes_text(const solve::Question& question);

// A line of the table: the layer, its pads or crops, and what is to be known about it.
std::vector<std::string> table_lines(const SolveRequest& request, const solve::Question& question,
                                     const std::vector<solve::Solution>& solutions);

// A layer as an object.
std::string layer_json(const SolveRequest& request, const solve::Question& question,
                       const solve::Solution& solution);

}  // namespace tconv::cli
