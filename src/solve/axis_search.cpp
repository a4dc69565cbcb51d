#include "solve/axis_search.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <limits>

namespace tconv::solve {
namespace {

using frameworks::AxisChoice;
using frameworks::Form;
using frameworks::FormOutputPadding;
using frameworks::FormPads;

constexpr std::size_t kNearest = 8;  // tuples kept a side: some a framework may refuse
constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();

// Output paddings to try, -1 standing for none said. No framework takes more than these.
Range output_paddings(const Form& form, const AxisQuestion& question, const AxisChoice& choice) {
  if (form.output_padding == FormOutputPadding::None) return {-1, -1};
  if (question.output_padding) return *question.output_padding;
  const std::int64_t most = std::max(choice.stride, choice.dilation) - 1;
  return {form.output_padding == FormOutputPadding::Optional ? -1 : 0, most};
}

bool fits_all(const Form& form, const AxisQuestion& question, const AxisChoice& choice) {
  for (std::size_t i = 0; i < question.from.size(); ++i) {
    if (output_of(form, choice, question.from[i], question.to[i]) != question.to[i]) return false;
  }
  return true;
}

// Outputs only grow or only shrink with a pad, so its ends say whether any pad can do.
bool can_fit(const Form& form, const AxisQuestion& question, AxisChoice choice,
             const PadSpace& space) {
  choice.pads = {space.low.least, space.high.least};
  const std::int64_t a = output_of(form, choice, question.from[0], question.to[0]);
  choice.pads = {space.low.most, space.high.most};
  const std::int64_t b = output_of(form, choice, question.from[0], question.to[0]);
  return std::min(a, b) <= question.to[0] && question.to[0] <= std::max(a, b);
}

template <typename Visit>
void each_pad(const Form& form, const PadSpace& space, AxisChoice& choice, const Visit& visit) {
  for (std::int64_t low = space.low.least; low <= space.low.most; ++low) {
    const std::int64_t first =
        space.step == kAny ? space.high.least : std::max(space.high.least, low - space.step);
    const std::int64_t last =
        space.step == kAny ? space.high.most : std::min(space.high.most, low + space.step);
    for (std::int64_t high = first; high <= last; ++high) {
      if (form.pads == FormPads::Uneven && low == high) continue;
      choice.pads = {low, high};
      visit();
    }
  }
}

}  // namespace

std::int64_t output_of(const Form& form, const AxisChoice& choice, std::int64_t input,
                       std::int64_t wanted) {
  const frameworks::FormAxis made = form.axis(form, choice, input, wanted);
  const auto extent = output_extent(made.direction, made.axis);
  return extent ? *extent : 0;
}

void each_choice(const Form& form, const AxisQuestion& question,
                 const std::function<void(AxisChoice&)>& visit) {
  if (!form.strided && (!question.stride.has(1) || !question.dilation.has(1))) return;
  if (form.output_padding == FormOutputPadding::None && question.output_padding &&
      !question.output_padding->has(0)) {
    return;
  }
  const Range strides = form.strided ? question.stride : Range{1, 1};
  const Range dilations = form.strided ? question.dilation : Range{1, 1};
  AxisChoice choice;
  for (choice.kernel = question.kernel.least; choice.kernel <= question.kernel.most;
       ++choice.kernel) {
    for (choice.dilation = dilations.least; choice.dilation <= dilations.most; ++choice.dilation) {
      for (choice.stride = strides.least; choice.stride <= strides.most; ++choice.stride) {
        const Range ops = output_paddings(form, question, choice);
        for (std::int64_t op = ops.least; op <= ops.most; ++op) {
          choice.output_padding = op < 0 ? std::nullopt : std::optional(op);
          visit(choice);
        }
      }
    }
  }
}

PadSpace pad_space(const Form& form, const AxisQuestion& question, const AxisChoice& choice) {
  if (form.pads == FormPads::None) return {};
  const bool even = form.pads == FormPads::Even;
  if (question.padding) {
    const bool pair = question.padding->pair && !even;
    return {question.padding->low, question.padding->high, pair ? kAny : 0};
  }
  const Range each{0, (choice.kernel - 1) * choice.dilation};
  return {each, each, even ? 0 : 1};
}

std::vector<AxisChoice> search_axis(const Form& form, const AxisQuestion& question) {
  std::vector<AxisChoice> found;
  each_choice(form, question, [&](AxisChoice& choice) {
    const PadSpace space = pad_space(form, question, choice);
    if (!can_fit(form, question, choice, space)) return;
    each_pad(form, space, choice, [&] {
      if (fits_all(form, question, choice)) found.push_back(choice);
    });
  });
  return found;
}

void add_nearest(const Form& form, const AxisQuestion& question, NearestOutputs& nearest) {
  if (form.output_size) return;  // reaches what the others do
  std::vector<std::int64_t> outputs(question.from.size());
  each_choice(form, question, [&](AxisChoice& choice) {
    each_pad(form, pad_space(form, question, choice), choice, [&] {
      std::int64_t distance = 0, excess = 0;
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        outputs[i] = output_of(form, choice, question.from[i], 0);
        if (outputs[i] < 1) return;
        excess += outputs[i] - question.to[i];
        distance += std::abs(outputs[i] - question.to[i]);
      }
      if (distance == 0) return;
      auto& side = excess < 0 ? nearest.below : nearest.above;
      if (side.size() == kNearest && distance > std::prev(side.end())->first) return;
      side.emplace(distance, outputs);
      if (side.size() > kNearest) side.erase(std::prev(side.end()));
    });
  });
}

}  // namespace tconv::solve
