// What --expect says: is the result the expected tensor?
#pragma once
#include <string>

#include "cli/run_options.hpp"
#include "io/compare.hpp"

namespace tconv::cli {

struct Verdict {
  std::string expected{};  // how the user called the tensor
  Shape shape{}, expected_shape{};
  io::Comparison comparison{};
  io::Metric metric = io::Metric::Max;
  std::string worst_here{}, worst_there{};  // the elements at comparison.worst_index
};

// Reads the tensor of --expect and compares. Fails as read_tensor does.
Result<Verdict> compare_expected(const RunOptions& options, const io::Tensor& y);

std::string verdict_text(const Verdict& verdict);  // one line
std::string verdict_json(const Verdict& verdict);  // one object

// "mean 0.5, 1e-05 allowed", or nothing for Metric::Max.
std::string measure_text(const io::Comparison& comparison, io::Metric metric);

}  // namespace tconv::cli
