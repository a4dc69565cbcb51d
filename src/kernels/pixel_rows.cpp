#include "kernels/pixel_rows.hpp"

#include <algorithm>

namespace tconv::kernels {

int sequence_of(const AxisSteps& steps, std::int64_t phases) {
  for (std::size_t t = 1; t < steps.steps.size(); ++t) {
    const AxisStep &step = steps.steps[t], &before = steps.steps[t - 1];
    if (step.input != before.input - 1 || step.kernel != before.kernel + phases) return -1;
  }
  const auto is = [&](const PhaseSequence& sequence) {
    return sequence.phases == phases &&
           std::equal(
               steps.steps.begin(), steps.steps.end(), sequence.named.begin(),
               sequence.named.begin() + sequence.steps,
               [](const AxisStep& step, std::uint8_t named) { return step.outputs == named; });
  };
  const auto found = std::find_if(kPhaseSequences.begin(), kPhaseSequences.end(), is);
  return found == kPhaseSequences.end() ? -1 : static_cast<int>(found - kPhaseSequences.begin());
}

}  // namespace tconv::kernels
