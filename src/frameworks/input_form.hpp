// What a layer says about its input before there is one.
#pragma once
#include <optional>
#include <vector>

#include "frameworks/lowering.hpp"

namespace tconv::frameworks {

struct InputForm {
  ActivationAxes axes{};                   // with one batch axis
  std::optional<std::int64_t> channels{};  // where its arguments or its weights tell
  std::int64_t batch = 1;                  // the least it takes
};

// Fails with Spec where the arguments cannot be read, or leave the number of axes open.
Result<InputForm> input_form(const ResolvedLayer& resolved, const std::vector<Operand>& weights);

}  // namespace tconv::frameworks
