#include "solve/skip.hpp"

namespace tconv::solve {
namespace {

// Layers that go down are the encoder's: only the stride is theirs, too.
AxisQuestion down_axis(const AxisQuestion& up) {
  return {.from = up.to, .to = up.from, .kernel = {1, 7}, .stride = up.stride, .dilation = {1, 1}};
}

Result<Below> solve_below(const Question& exact) {
  Below below{.exact_question = exact};
  below.down_question = {.frameworks = exact.frameworks, .direction = Direction::Forward};
  below.usual_question = exact;
  for (std::size_t a = 0; a < exact.axes.size(); ++a) {
    const AxisQuestion& axis = exact.axes[a];
    below.sizes.push_back(axis.from[0]);
    below.down_question.axes.push_back(down_axis(axis));
    below.usual_question.axes[a].to = {axis.from[0] * axis.stride.least};
  }
  auto found = solve(exact);
  if (!found) return found.error();
  below.exact = std::move(found->solutions);
  for (const auto& [question, first] :
       {std::pair{&below.down_question, &below.down}, {&below.usual_question, &below.usual}}) {
    auto usual = solve(*question);
    if (!usual) return usual.error();
    if (!usual->solutions.empty()) *first = std::move(usual->solutions.front());
  }
  return below;
}

}  // namespace

Result<std::vector<Below>> solve_skip(const Question& question) {
  const bool known = !question.axes[0].from.empty();
  std::vector<Below> answer;
  for (const bool rounded_up : {false, true}) {
    Question exact = question;
    exact.direction = Direction::Transposed;
    bool empty = false;
    for (AxisQuestion& axis : exact.axes) {
      const std::int64_t stride = axis.stride.least;
      if (!known) axis.from = {(axis.to[0] + (rounded_up ? stride - 1 : 0)) / stride};
      empty = empty || axis.from[0] < 1;
    }
    const bool repeated = !answer.empty() && answer[0].exact_question.axes == exact.axes;
    if (empty || repeated) continue;
    auto below = solve_below(exact);
    if (!below) return below.error();
    answer.push_back(std::move(*below));
  }
  return answer;
}

}  // namespace tconv::solve
