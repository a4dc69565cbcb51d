#include "solve/confirm.hpp"

#include <algorithm>
#include <cctype>

#include "solve/rank.hpp"

namespace tconv::solve {
namespace {

using frameworks::AxisChoice;
using frameworks::Form;
using frameworks::FormPads;

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char m, unsigned char n) {
    return std::tolower(m) == std::tolower(n);
  });
}

frameworks::LoweringInput tensors_of(const Form& form, const Question& question,
                                     const std::vector<AxisChoice>& axes, std::size_t input) {
  Shape x, w;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    x.push_back(question.axes[a].from[input]);
    w.push_back(axes[a].kernel);
  }
  if (!form.spatial_only) {
    const bool first = form.order == frameworks::ChannelOrder::First;
    x.insert(x.begin(), first ? 2 : 1, 1);
    if (!first) x.push_back(1);
    w.insert(first ? w.begin() : w.end(), 2, 1);
  }
  return {.x = frameworks::shape_only(std::move(x), "the input"),
          .weights = {frameworks::shape_only(std::move(w), "the weights")}};
}

frameworks::FormLayer form_layer(const std::vector<AxisChoice>& axes, const Shape& output,
                                 const Channels& channels) {
  return {.axes = axes, .output = output, .in_channels = channels.in, .out_channels = channels.out};
}

Shape outputs_of(const Question& question, std::size_t input) {
  Shape outputs;
  for (const AxisQuestion& axis : question.axes) outputs.push_back(axis.to[input]);
  return outputs;
}

}  // namespace

bool is_asked(const Question& question, const Form& form) {
  const auto rank = static_cast<int>(question.axes.size());
  if (form.only_rank != 0 && form.only_rank != rank) return false;
  if (question.direction && *question.direction != form.direction) return false;
  if (!question.padding_word.empty()) return same_word(question.padding_word, form.word);
  return !question.axes[0].padding || form.pads != FormPads::None;
}

std::optional<Solution> confirm(const Question& question, const frameworks::Framework& framework,
                                const Form& form, const std::vector<AxisChoice>& axes) {
  const Shape output = outputs_of(question, 0);
  const Layer layer = form.write(form, form_layer(axes, output, {}));
  if (!framework.knows(layer)) return std::nullopt;
  Solution solution{.framework = &framework, .form = &form, .axes = axes};
  for (std::size_t i = 0; i < question.axes[0].from.size(); ++i) {
    const auto lowering = framework.lower(layer, tensors_of(form, question, axes, i));
    if (!lowering) return std::nullopt;
    const Problem& problem = lowering->stages.front();
    const auto extents = output_extents(problem);
    const auto first = static_cast<std::ptrdiff_t>(frameworks::first_axis(problem));
    const Shape to = outputs_of(question, i);
    if (!extents || !std::equal(to.begin(), to.end(), extents->begin() + first)) {
      return std::nullopt;
    }
    if (i > 0) continue;
    solution.lowered = {problem.axes.begin() + first, problem.axes.end()};
    solution.direction = problem.direction;
  }
  solution.oddity = oddity_of(question, solution);
  return solution;
}

std::string layer_text(const Question& question, const Solution& s, const Channels& channels) {
  const Shape output = outputs_of(question, 0);
  return frameworks::call_text(s.form->write(*s.form, form_layer(s.axes, output, channels)));
}

}  // namespace tconv::solve
