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
};

// Reads the tensor of --expect and compares. Fails as read_tensor does.
Result<Verdict> compare_expected(const RunOptions& options, const io::Tensor& y);

std::string verdict_text(const Verdict& verdict);  // one line
std::string verdict_json(const Verdict& verdict);  // one object

}  // namespace tconv::cli
