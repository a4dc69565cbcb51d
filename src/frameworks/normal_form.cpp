#include "frameworks/normal_form.hpp"

#include <algorithm>

namespace tconv::frameworks {
namespace {

bool reads_outside(const NormalForm& form) {
  return std::any_of(form.axes.begin(), form.axes.end(),
                     [](const NormalAxis& axis) { return axis.begin > 0 || axis.end() > 0; });
}

}  // namespace

Result<NormalForm> normal_form(const Problem& problem) {
  const auto extents = output_extents(problem);
  if (!extents) return extents.error();
  NormalForm form{.groups = problem.groups,
                  .in_channels = problem.in_channels,
                  .out_channels = problem.out_channels,
                  .pad_mode = problem.pad_mode};
  const bool transposed = problem.direction == Direction::Transposed;
  for (std::size_t a = static_cast<std::size_t>(kMaxAxes - problem.rank); a < kMaxAxes; ++a) {
    const Axis& axis = problem.axes[a];
    NormalAxis normal{.input = axis.input,
                      .kernel = axis.kernel,
                      .dilation = axis.kernel == 1 ? 1 : axis.dilation,
                      .stride = transposed ? 1 : axis.stride,
                      .spread = transposed ? axis.stride : axis.input_dilation,
                      .output = (*extents)[a]};
    normal.begin = transposed ? normal.reach() - 1 - axis.begin : axis.begin;
    form.axes.push_back(normal);
  }
  if (!reads_outside(form)) form.pad_mode = PadMode::Zeros;
  return form;
}

bool reads_backwards(const Problem& problem) {
  return problem.flip_kernel != (problem.direction == Direction::Transposed);
}

std::optional<NormalForm> with_steps(const NormalForm& layer, const Steps& steps,
                                     const std::vector<std::int64_t>& inputs) {
  NormalForm form = layer;
  bool padded = false;
  for (std::size_t i = 0; i < form.axes.size(); ++i) {
    NormalAxis& axis = form.axes[i];
    const PadStep pad = steps.pads.empty() ? PadStep{} : steps.pads[i];
    const SliceStep slice = steps.slices.empty() ? SliceStep{} : steps.slices[i];
    padded = padded || pad.begin > 0 || pad.end > 0;
    if (axis.input != inputs[i] + pad.begin + pad.end) return std::nullopt;
    axis.input = inputs[i];
    axis.begin += pad.begin * axis.spread - slice.begin * axis.stride;
    axis.output = (axis.output - slice.begin - slice.end + slice.step - 1) / slice.step;
    axis.stride *= slice.step;
    if (steps.pad_mode == PadMode::Zeros) continue;
    // What lies beyond the steps' own padding is another thing than they would have put there.
    if (axis.begin > pad.begin * axis.spread) return std::nullopt;
    if (axis.end() > pad.end * axis.spread + axis.spread - 1) return std::nullopt;
  }
  const bool cut = std::any_of(steps.pads.begin(), steps.pads.end(),
                               [](const PadStep& pad) { return pad.begin < 0 || pad.end < 0; });
  if ((padded || cut) && layer.pad_mode != PadMode::Zeros) return std::nullopt;
  if (cut) {  // the layer's zeros would stand where x goes on
    for (std::size_t i = 0; i < layer.axes.size(); ++i) {
      const PadStep& pad = steps.pads[i];
      const NormalAxis& axis = layer.axes[i];
      if ((pad.begin < 0 && axis.begin > 0) || (pad.end < 0 && axis.end() > axis.spread - 1)) {
        return std::nullopt;
      }
    }
  }
  if (steps.pad_mode != PadMode::Zeros) form.pad_mode = steps.pad_mode;
  if (!reads_outside(form)) form.pad_mode = PadMode::Zeros;
  return form;
}

}  // namespace tconv::frameworks
