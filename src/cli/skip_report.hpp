// What `tconv solve --skip` says.
#pragma once
#include <string>
#include <vector>

#include "cli/solve_options.hpp"
#include "solve/skip.hpp"

namespace tconv::cli {

// Of one framework.
struct SkipAnswer {
  const frameworks::Framework* framework = nullptr;
  std::vector<solve::Below> below{};
};

std::string skip_text(const SolveRequest& request, const std::vector<SkipAnswer>& answers);
std::string skip_json(const SolveRequest& request, const std::vector<SkipAnswer>& answers);

}  // namespace tconv::cli
