#include "frameworks/normal_form.hpp"

#include <algorithm>
#include <numeric>

namespace tconv::frameworks {
namespace {

// Pairs of a window and a tap that are worth looking at one by one.
constexpr std::int64_t kMostPairs = 1 << 20;

// Whether a tap of a window lies within `distance` beyond one end of x, on an element: there is one
// every `spread` positions. The nearest window and tap to that end lie farthest out, and those of
// the next `spread` repeat their remainders.
bool reaches_element(const NormalAxis& axis, std::int64_t distance) {
  if (distance <= 0) return false;
  if (axis.spread == 1) return true;
  const std::int64_t windows = std::min(axis.output, axis.spread);
  const std::int64_t taps = std::min(axis.kernel, axis.spread);
  if (windows > kMostPairs / taps) return true;  // for all that is known
  for (std::int64_t p = 0; p < windows; ++p) {
    for (std::int64_t j = 0; j < taps; ++j) {
      const std::int64_t beyond = distance - p * axis.stride - j * axis.dilation;
      if (beyond > 0 && beyond % axis.spread == 0) return true;
    }
  }
  return false;
}

// Whether what x is padded with can be told from zeros. All modes but Replicate and Symmetric
// repeat the zeros between the elements of a spread-out x, too.
bool reads_outside(const NormalForm& form) {
  const bool repeats_zeros =
      form.pad_mode == PadMode::Circular || form.pad_mode == PadMode::Reflect;
  return std::any_of(form.axes.begin(), form.axes.end(), [&](const NormalAxis& axis) {
    if (axis.output <= 0) return false;
    if (!repeats_zeros) return axis.begin > 0 || axis.end() > 0;
    return reaches_element(axis, axis.begin) || reaches_element(axis, axis.end());
  });
}

// Where windows, taps and elements all lie a multiple of some positions apart, so that nothing ever
// meets what is between them: without those.
void leave_out_gaps(NormalAxis& axis) {
  const std::int64_t between_taps = axis.kernel == 1 ? 0 : axis.dilation;
  const std::int64_t apart = std::gcd(std::gcd(axis.stride, axis.spread), between_taps);
  if (apart <= 1 || axis.begin % apart != 0) return;
  axis.stride /= apart;
  axis.spread /= apart;
  if (axis.kernel > 1) axis.dilation /= apart;
  axis.begin /= apart;
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
    leave_out_gaps(normal);
    form.axes.push_back(normal);
  }
  if (!reads_outside(form)) form.pad_mode = PadMode::Zeros;
  return form;
}

std::int64_t period(PadMode mode, const NormalAxis& axis) {
  if (mode == PadMode::Circular) return axis.input * axis.spread;
  if (mode == PadMode::Reflect) return std::max<std::int64_t>(1, 2 * (axis.spread_input() - 1));
  return 0;
}

NormalForm reversed(const NormalForm& form) {
  NormalForm backwards = form;
  for (NormalAxis& axis : backwards.axes) {
    axis.begin -= axis.reach() - 1;
    if (axis.kernel > 1) axis.dilation = -axis.dilation;
  }
  return backwards;
}

bool are_equivalent(const NormalForm& a, const NormalForm& b) {
  NormalForm shifted = a;
  for (std::size_t i = 0; i < std::min(a.rank(), b.rank()); ++i) {
    NormalAxis& axis = shifted.axes[i];
    const NormalAxis& other = b.axes[i];
    const std::int64_t every = period(a.pad_mode, axis);
    if (every == 0) continue;
    for (const auto member : {&NormalAxis::begin, &NormalAxis::dilation, &NormalAxis::stride}) {
      if ((axis.*member - other.*member) % every == 0) axis.*member = other.*member;
    }
  }
  return shifted == b;
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
  for (NormalAxis& axis : form.axes) leave_out_gaps(axis);
  if (steps.pad_mode != PadMode::Zeros) form.pad_mode = steps.pad_mode;
  if (!reads_outside(form)) form.pad_mode = PadMode::Zeros;
  return form;
}

}  // namespace tconv::frameworks
