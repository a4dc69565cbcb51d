#include "frameworks/port_attempt.hpp"

#include <algorithm>

namespace tconv::frameworks {
namespace {

std::int64_t quotient_up(std::int64_t value, std::int64_t by) {
  return value <= 0 ? 0 : (value + by - 1) / by;
}

// x padded or cut by a step, the layer itself padding nothing; with `slice`, its stride is made
// by a slice, too.
Attempt padded(const Sought& sought, bool slice) {
  Attempt attempt{.sought = sought};
  NormalForm& form = attempt.sought.form;
  bool pads = false, slices = false;
  for (std::size_t i = 0; i < form.rank(); ++i) {
    NormalAxis& axis = form.axes[i];
    const PadStep pad{axis.begin, std::max<std::int64_t>(0, sought.ends[i])};
    attempt.steps.pads.push_back(pad);
    pads = pads || pad.begin != 0 || pad.end != 0;
    axis.input += pad.begin + pad.end;
    attempt.steps.slices.push_back({.step = slice ? axis.stride : 1});
    slices = slices || attempt.steps.slices.back().step > 1;
    if (slice) axis.stride = 1;
    axis.begin = 0;
    attempt.sought.ends[i] = 0;
  }
  attempt.steps.pad_mode = pads ? form.pad_mode : PadMode::Zeros;
  form.pad_mode = PadMode::Zeros;
  if (!pads) attempt.steps.pads.clear();
  if (!slices) attempt.steps.slices.clear();
  return attempt;
}

// A transposed layer that crops the same at both ends, or nothing, and slices what is over.
Attempt sliced(const Sought& sought, bool layer_crops) {
  Attempt attempt{.sought = sought};
  NormalForm& form = attempt.sought.form;
  const bool wraps = form.pad_mode != PadMode::Zeros;
  bool pads = false, slices = false;
  for (std::size_t i = 0; i < form.rank(); ++i) {
    NormalAxis& axis = form.axes[i];
    const std::int64_t begin = sought.crop_begin(i), end = sought.crop_end(i);
    const PadStep pad{quotient_up(wraps ? axis.begin : -begin, axis.spread),
                      quotient_up(wraps ? sought.ends[i] : -end, axis.spread)};
    const std::int64_t own =
        layer_crops && !wraps ? std::max<std::int64_t>(0, std::min(begin, end)) : 0;
    const SliceStep slice{begin + pad.begin * axis.spread - own, end + pad.end * axis.spread - own,
                          axis.stride};
    attempt.steps.pads.push_back(pad);
    attempt.steps.slices.push_back(slice);
    pads = pads || pad.begin != 0 || pad.end != 0;
    slices = slices || slice.begin != 0 || slice.end != 0 || slice.step != 1;
    axis.input += pad.begin + pad.end;
    axis.begin = axis.reach() - 1 - own;
    attempt.sought.ends[i] = axis.reach() - 1 - own;
    axis.stride = 1;
  }
  attempt.steps.pad_mode = pads ? form.pad_mode : PadMode::Zeros;
  form.pad_mode = PadMode::Zeros;
  if (!pads) attempt.steps.pads.clear();
  if (!slices) attempt.steps.slices.clear();
  return attempt;
}

Attempt branched(const Attempt& attempt) {
  Attempt branch = attempt;
  NormalForm& form = branch.sought.form;
  branch.split = form.groups_along_batch ? Split::Batch : Split::Channels;
  form.in_channels /= form.groups;
  form.out_channels /= form.groups;
  form.groups = 1;
  form.groups_along_batch = false;
  return branch;
}

}  // namespace

std::vector<Attempt> attempts_with_steps(const Sought& sought) {
  std::vector<Attempt> found;
  const bool forward = sought.can_be_forward();
  if (sought.transposed || !forward) {
    found.push_back(sliced(sought, true));
    found.push_back(sliced(sought, false));
  }
  if (forward) {
    found.push_back(padded(sought, false));
    found.push_back(padded(sought, true));
  }
  if (sought.form.groups == 1) return found;
  std::vector<Attempt> whole = found;
  whole.insert(whole.begin(), {.sought = sought});
  if (sought.form.groups_along_batch) found.clear();
  for (const Attempt& attempt : whole) found.push_back(branched(attempt));
  return found;
}

Attempt within_period(const Sought& sought, bool reversed) {
  Attempt attempt{.sought = sought, .reversed = reversed};
  NormalForm& form = attempt.sought.form;
  if (reversed) form = frameworks::reversed(form);
  for (std::size_t i = 0; i < sought.ends.size(); ++i) {
    NormalAxis& axis = form.axes[i];
    const std::int64_t every = period(form.pad_mode, axis);
    if (every == 0) continue;
    if (axis.kernel > 1) axis.dilation = ((axis.dilation - 1) % every + every) % every + 1;
    const std::int64_t half = (axis.begin + axis.end()) / 2;
    axis.begin = half - (half - axis.begin) % every;
    attempt.sought.ends[i] = axis.end();
  }
  return attempt;
}

}  // namespace tconv::frameworks
