// One layer, several frameworks' rules: what each makes of the same words and the same tensors.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "batch/chain.hpp"
#include "cli/report.hpp"

namespace tconv::cli {

struct Answer {
  std::string framework{};
  std::optional<io::Tensor> y{};  // absent where the framework refuses
  std::string refusal{};
};

// A SPEC that no framework owns, `conv_transpose2d`, fails with Spec; this adds to that error what
// each framework would answer. Any other error stays as it is.
Error with_answers(Error error, const batch::ChainRequest& request, const std::string& input,
                   const batch::ComputeOptions& options);

// Takes the arguments of the SPEC's only layer as if they were those of `framework`, tensors as
// they are. Fails with Usage where the SPEC is a chain, or `framework` has no such layer.
Result<Answer> answer_as(const batch::ChainRequest& request, const batch::ChainResult& own,
                         const io::Tensor& x, const std::string& framework,
                         const batch::ComputeOptions& options);

// "(1, 4, 4, 1)", or "refused: ..."
std::string answer_text(const Answer& answer);

}  // namespace tconv::cli
