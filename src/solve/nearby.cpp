// What lies around an answer: other sizes it stands for, and what is reachable where there is none.
#include <algorithm>

#include "solve/axis_search.hpp"
#include "solve/confirm.hpp"
#include "solve/solve.hpp"

namespace tconv::solve {

using frameworks::AxisChoice;
using frameworks::Form;
using frameworks::Framework;

Result<std::vector<NearAxis>> nearest(const Question& question) {
  std::vector<AxisQuestion> asked;
  for (const AxisQuestion& axis : question.axes) {
    if (std::find(asked.begin(), asked.end(), axis) == asked.end()) asked.push_back(axis);
  }
  std::vector<NearAxis> answer;
  for (const AxisQuestion& axis : asked) {
    Question alone = question;
    alone.axes.assign(question.axes.size(), axis);
    NearAxis near;
    const auto itself = solve(alone);
    if (!itself) return itself.error();
    near.reachable = !itself->solutions.empty();
    NearestOutputs outputs;
    for (const Framework* framework : question.frameworks) {
      if (near.reachable) break;
      for (const Form& form : framework->forms()) {
        if (is_asked(question, form)) add_nearest(form, axis, outputs);
      }
    }
    for (const auto* side : {&outputs.below, &outputs.above}) {
      for (const auto& [distance, to] : *side) {
        for (AxisQuestion& each : alone.axes) each.to = to;
        auto found = solve(alone);
        if (!found) return found.error();
        if (found->solutions.empty()) continue;
        near.nearest.push_back(
            {.to = to, .question = alone, .solution = std::move(found->solutions.front())});
        break;
      }
    }
    answer.push_back(std::move(near));
  }
  return answer;
}

Ambiguity ambiguity(const Question& question, const Solution& s, std::size_t axis) {
  const AxisQuestion& asked = question.axes[axis];
  const AxisChoice& choice = s.axes[axis];
  const std::int64_t from = asked.from[0], to = asked.to[0];
  Ambiguity found{.inputs = {from, from}};
  if (s.form->direction == Direction::Forward) {
    // Beyond one stride the output has changed.
    const auto gives_it = [&](std::int64_t input) {
      return input >= 1 && output_of(*s.form, choice, input, to) == to;
    };
    while (gives_it(found.inputs.least - 1)) --found.inputs.least;
    while (gives_it(found.inputs.most + 1)) ++found.inputs.most;
    return found;
  }
  if (s.form->output_padding == frameworks::FormOutputPadding::None) return found;
  Question other;
  other.axes.assign(question.axes.size(), asked);
  AxisChoice tried = choice;
  for (std::int64_t op = 0; op < std::max(choice.stride, choice.dilation); ++op) {
    tried.output_padding = op;
    const std::int64_t reached = output_of(*s.form, tried, from, 0);
    for (AxisQuestion& each : other.axes) {
      each.from = {from};
      each.to = {reached};
    }
    const std::vector<AxisChoice> all(other.axes.size(), tried);
    const bool known =
        std::find(found.outputs.begin(), found.outputs.end(), reached) != found.outputs.end();
    if (reached < 1 || known || !confirm(other, *s.framework, *s.form, all)) continue;
    found.outputs.push_back(reached);
  }
  return found;
}

}  // namespace tconv::solve
