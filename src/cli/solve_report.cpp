#include "cli/solve_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "solve/rank.hpp"

namespace tconv::cli {
namespace {

using nlohmann::ordered_json;
using solve::Ambiguity;
using solve::NearAxis;
using solve::Question;
using solve::Solution;

bool alike(const Question& question) {
  return std::all_of(question.axes.begin(), question.axes.end(),
                     [&](const auto& axis) { return axis == question.axes[0]; });
}

// "89", or "89x120" where axes differ.
std::string size_text(const Shape& sizes) {
  const bool equal = std::all_of(sizes.begin(), sizes.end(), [&](auto n) { return n == sizes[0]; });
  return equal ? fmt::format("{}", sizes[0]) : fmt::format("{}", fmt::join(sizes, "x"));
}

Shape sizes_of(const Question& question, std::vector<std::int64_t> solve::AxisQuestion::*which,
               std::size_t input) {
  Shape sizes;
  for (const auto& axis : question.axes) sizes.push_back((axis.*which)[input]);
  return sizes;
}

std::string joined_axes(const Solution& s, bool ends) {
  std::vector<std::string> parts;
  for (std::size_t a = 0; a < s.axes.size(); ++a) {
    const std::string part = ends ? fmt::format("{}:{}", s.lowered[a].begin, s.lowered[a].end)
                                  : fmt::format("{}", s.axes[a].kernel);
    if (a == 0 || part != parts.back()) parts.push_back(part);
  }
  return fmt::format("{}", fmt::join(parts, ends ? "," : "x"));
}

// What output_padding chooses among, or which inputs the layer does not tell apart.
std::vector<std::string> ambiguity_texts(const Question& question, const Solution& s) {
  std::vector<std::string> outputs, inputs, texts;
  for (std::size_t a = 0; a < s.axes.size(); ++a) {
    if (a > 0 && question.axes[a] == question.axes[0]) continue;
    const Ambiguity found = solve::ambiguity(question, s, a);
    if (found.outputs.size() > 1) {
      outputs.push_back(fmt::format("{}", fmt::join(found.outputs, ", ")));
    }
    if (found.inputs.least != found.inputs.most) {
      inputs.push_back(fmt::format("{}..{} give {}", found.inputs.least, found.inputs.most,
                                   question.axes[a].to[0]));
    }
  }
  if (!outputs.empty()) {
    texts.push_back(fmt::format("output_padding reaches {}", fmt::join(outputs, " x ")));
  }
  if (!inputs.empty()) texts.push_back(fmt::format("inputs {}", fmt::join(inputs, " x ")));
  return texts;
}

ordered_json ambiguity_json(const Question& question, const Solution& s) {
  ordered_json axes = ordered_json::array();
  for (std::size_t a = 0; a < s.axes.size(); ++a) {
    const Ambiguity found = solve::ambiguity(question, s, a);
    if (s.form->direction == Direction::Transposed) {
      axes.push_back({{"output_padding_reaches", found.outputs}});
    } else {
      axes.push_back({{"same_output_from", {found.inputs.least, found.inputs.most}}});
    }
  }
  return axes;
}

ordered_json solution_json(const SolveRequest& request, const Question& question,
                           const Solution& s) {
  const bool crops = s.direction == Direction::Transposed;
  ordered_json object{{"framework", s.framework->name},
                      {"layer", solve::layer_text(question, s, request.channels)},
                      {"direction", name(s.form->direction)}};
  ordered_json axes = ordered_json::array();
  for (std::size_t a = 0; a < s.axes.size(); ++a) {
    const auto& choice = s.axes[a];
    ordered_json axis{
        {"kernel", choice.kernel}, {"stride", choice.stride}, {"dilation", choice.dilation}};
    if (choice.output_padding) axis["output_padding"] = *choice.output_padding;
    axis[crops ? "crop_begin" : "pad_begin"] = s.lowered[a].begin;
    axis[crops ? "crop_end" : "pad_end"] = s.lowered[a].end;
    axes.push_back(std::move(axis));
  }
  object["axes"] = std::move(axes);
  object["ambiguity"] = ambiguity_json(question, s);
  object["remarks"] = solve::remarks(s);
  return object;
}

std::string dumped(const ordered_json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<Solution> of_framework(const std::vector<Solution>& found,
                                   const frameworks::Framework* framework, std::size_t limit,
                                   std::size_t& count) {
  std::vector<Solution> chosen;
  count = 0;
  for (const Solution& s : found) {
    if (s.framework != framework) continue;
    if (count++ < limit) chosen.push_back(s);
  }
  return chosen;
}

ordered_json near_json(const SolveRequest& request, const std::vector<NearAxis>& nearest) {
  ordered_json axes = ordered_json::array();
  for (const NearAxis& axis : nearest) {
    ordered_json near = ordered_json::array();
    for (const auto& n : axis.nearest) {
      near.push_back({{"to", n.to},
                      {"framework", n.solution.framework->name},
                      {"layer", solve::layer_text(n.question, n.solution, request.channels)}});
    }
    axes.push_back({{"reachable_alone", axis.reachable}, {"nearest", near}});
  }
  return axes;
}

}  // namespace

std::string sizes_text(const Question& question) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < question.axes[0].from.size(); ++i) {
    pairs.push_back(fmt::format("{} -> {}",
                                size_text(sizes_of(question, &solve::AxisQuestion::from, i)),
                                size_text(sizes_of(question, &solve::AxisQuestion::to, i))));
  }
  return fmt::format("{}", fmt::join(pairs, ", "));
}

std::vector<std::string> table_lines(const SolveRequest& request, const Question& question,
                                     const std::vector<Solution>& solutions) {
  std::vector<std::string> layers, ends, lines;
  std::size_t width = 0, end_width = 0;
  for (const Solution& s : solutions) {
    layers.push_back(solve::layer_text(question, s, request.channels));
    ends.push_back(fmt::format("{} {}", s.direction == Direction::Transposed ? "crop" : "pad",
                               joined_axes(s, true)));
    width = std::max(width, layers.back().size());
    end_width = std::max(end_width, ends.back().size());
  }
  for (std::size_t i = 0; i < solutions.size(); ++i) {
    const Solution& s = solutions[i];
    std::vector<std::string> texts;
    if (!s.form->says_kernel) texts.push_back("kernel " + joined_axes(s, false));
    const auto ambiguous = ambiguity_texts(question, s);
    texts.insert(texts.end(), ambiguous.begin(), ambiguous.end());
    const auto remarks = solve::remarks(s);
    texts.insert(texts.end(), remarks.begin(), remarks.end());
    std::string line = fmt::format("{:<{}}  {:<{}}  {}", layers[i], width, ends[i], end_width,
                                   fmt::join(texts, "; "));
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string solve_text(const SolveRequest& request, const solve::Answer& answer) {
  const Question& question = request.question;
  const std::size_t rank = question.axes.size();
  const bool table = request.format == SolveFormat::Table;
  std::string text;
  if (table) {
    text = fmt::format("{}{}\n", sizes_text(question),
                       alike(question) && rank > 1 ? fmt::format(" along {} axes", rank) : "");
  }
  for (const frameworks::Framework* framework : question.frameworks) {
    std::size_t count = 0;
    const auto chosen = of_framework(answer.solutions, framework, request.limit, count);
    if (count == 0) continue;
    if (!table) {
      for (const Solution& s : chosen) {
        text += solve::layer_text(question, s, request.channels);
        if (!s.form->says_kernel) text += fmt::format("  # kernel {}", joined_axes(s, false));
        text += '\n';
      }
      continue;
    }
    text += fmt::format("{}: {} of {}{} layer{}\n", framework->name, chosen.size(),
                        answer.complete ? "" : "at least ", count, count == 1 ? "" : "s");
    for (const std::string& line : table_lines(request, question, chosen)) {
      text += "  " + line + '\n';
    }
  }
  return text;
}

std::string nearest_text(const SolveRequest& request, const std::vector<NearAxis>& nearest) {
  std::string text = fmt::format("{}: no layer does\n", sizes_text(request.question));
  const bool several = nearest.size() > 1;
  for (std::size_t a = 0; a < nearest.size(); ++a) {
    const std::string axis = several ? fmt::format("axis {}: ", a) : "";
    if (nearest[a].reachable) {
      text += fmt::format("  {}alone, it is reachable\n", axis);
      continue;
    }
    for (const auto& n : nearest[a].nearest) {
      text += fmt::format("  {}nearest is {}: {}\n", axis, fmt::join(n.to, ", "),
                          solve::layer_text(n.question, n.solution, request.channels));
    }
  }
  return text;
}

std::string layer_json(const SolveRequest& request, const Question& question, const Solution& s) {
  return dumped(solution_json(request, question, s));
}

std::string solve_json(const SolveRequest& request, const solve::Answer& answer,
                       const std::vector<NearAxis>& nearest) {
  const Question& question = request.question;
  ordered_json from = ordered_json::array(), to = ordered_json::array();
  for (std::size_t i = 0; i < question.axes[0].from.size(); ++i) {
    from.push_back(sizes_of(question, &solve::AxisQuestion::from, i));
    to.push_back(sizes_of(question, &solve::AxisQuestion::to, i));
  }
  ordered_json layers = ordered_json::array();
  for (const frameworks::Framework* framework : question.frameworks) {
    std::size_t count = 0;
    for (const Solution& s : of_framework(answer.solutions, framework, request.limit, count)) {
      layers.push_back(solution_json(request, question, s));
    }
  }
  ordered_json object{{"schema", 1},
                      {"command", "solve"},
                      {"from", from},
                      {"to", to},
                      {"found", answer.solutions.size()},
                      {"complete", answer.complete},
                      {"layers", layers}};
  if (answer.solutions.empty()) object["nearest"] = near_json(request, nearest);
  return dumped(object) + '\n';
}

}  // namespace tconv::cli
