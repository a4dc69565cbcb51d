#include "cli/skip_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/solve_report.hpp"
#include "frameworks/fitting.hpp"

namespace tconv::cli {
namespace {

using nlohmann::ordered_json;
using solve::Below;

std::string joined(const Shape& sizes) {
  const bool equal = std::all_of(sizes.begin(), sizes.end(), [&](auto n) { return n == sizes[0]; });
  return equal ? fmt::format("{}", sizes[0]) : fmt::format("{}", fmt::join(sizes, "x"));
}

Shape outputs(const solve::Question& question) {
  Shape sizes;
  for (const auto& axis : question.axes) sizes.push_back(axis.to[0]);
  return sizes;
}

// A line of code that makes the decoder's result and the skip fit, and what it does.
struct Repair {
  std::string what{}, code{};
};

// Where the usual layer's result is too short along some axes and too long along others, it is
// padded first and cut then.
std::vector<Repair> repairs(std::string_view framework, const Shape& up, const Shape& skip) {
  Shape zeros, longer;
  for (std::size_t a = 0; a < up.size(); ++a) {
    zeros.push_back(std::max<std::int64_t>(0, skip[a] - up[a]));
    longer.push_back(std::max(up[a], skip[a]));
  }
  const auto any = [](const Shape& sizes) {
    return std::any_of(sizes.begin(), sizes.end(), [](auto n) { return n != 0; });
  };
  std::vector<Repair> found;
  if (any(zeros)) {
    found.push_back({"pad it", frameworks::pad_code(framework, "up", zeros)});
  }
  if (longer != skip) {
    found.push_back(
        {"cut it", frameworks::cut_code(framework, "up", {.length = longer, .cut_to = skip})});
  }
  if (longer == skip && any(zeros)) {  // only too short: the skip may give way instead
    found.push_back({"or cut the skip",
                     frameworks::cut_code(framework, "skip", {.length = skip, .cut_to = up})});
  }
  return found;
}

std::string below_text(const SolveRequest& request, const SkipAnswer& answer, const Below& below) {
  const Shape skip = outputs(request.question);
  std::string text = fmt::format("  {} below", joined(below.sizes));
  if (below.down) {
    text += fmt::format(", as after {}",
                        solve::layer_text(below.down_question, *below.down, request.channels));
  }
  text +=
      fmt::format("\n    up to {}: {}\n", joined(skip), below.exact.empty() ? "no layer does" : "");
  text.erase(text.find_last_not_of(" \n") + 1);
  text += '\n';
  const std::vector<solve::Solution> shown(
      below.exact.begin(), below.exact.begin() + static_cast<std::ptrdiff_t>(
                                                     std::min(request.limit, below.exact.size())));
  for (const std::string& line : table_lines(request, below.exact_question, shown)) {
    text += "      " + line + '\n';
  }
  const Shape up = outputs(below.usual_question);
  if (!below.usual || up == skip) return text;
  text += fmt::format("    up to {}: {}\n", joined(up),
                      solve::layer_text(below.usual_question, *below.usual, request.channels));
  for (const Repair& repair : repairs(answer.framework->name, up, skip)) {
    text += fmt::format("      {}: {}\n", repair.what, repair.code);
  }
  return text;
}

ordered_json below_json(const SolveRequest& request, const SkipAnswer& answer, const Below& below) {
  ordered_json object{{"framework", answer.framework->name}, {"below", below.sizes}};
  const auto layer = [&](const solve::Question& question, const solve::Solution& solution) {
    return ordered_json::parse(layer_json(request, question, solution));
  };
  if (below.down) object["down"] = layer(below.down_question, *below.down);
  ordered_json exact = ordered_json::array();
  for (std::size_t i = 0; i < std::min(request.limit, below.exact.size()); ++i) {
    exact.push_back(layer(below.exact_question, below.exact[i]));
  }
  object["found"] = below.exact.size();
  object["layers"] = std::move(exact);
  if (below.usual) {
    const Shape up = outputs(below.usual_question);
    ordered_json codes = ordered_json::array();
    for (const Repair& repair : repairs(answer.framework->name, up, outputs(request.question))) {
      codes.push_back({{"what", repair.what}, {"code", repair.code}});
    }
    object["usual"] = {{"to", up},
                       {"layer", layer(below.usual_question, *below.usual)},
                       {"repairs", std::move(codes)}};
  }
  return object;
}

}  // namespace

std::string skip_text(const SolveRequest& request, const std::vector<SkipAnswer>& answers) {
  const Shape skip = outputs(request.question);
  Shape strides, least, most;
  for (std::size_t a = 0; a < skip.size(); ++a) {
    const std::int64_t s = request.question.axes[a].stride.least;
    strides.push_back(s);
    least.push_back(skip[a] / s * s);
    most.push_back((skip[a] + s - 1) / s * s);
  }
  std::string text = fmt::format("a skip of {} along {} ax{}s, stride {}\n", joined(skip),
                                 skip.size(), skip.size() == 1 ? "i" : "e", joined(strides));
  if (least != most) {
    text += std::count(least.begin(), least.end(), 0) > 0
                ? fmt::format("{} would fit by itself: a multiple of the stride\n", joined(most))
                : fmt::format("{} and {} would fit by themselves: multiples of the stride\n",
                              joined(least), joined(most));
  }
  for (const SkipAnswer& answer : answers) {
    if (answer.below.empty()) continue;
    text += fmt::format("{}\n", answer.framework->name);
    for (const Below& below : answer.below) text += below_text(request, answer, below);
  }
  return text;
}

std::string skip_json(const SolveRequest& request, const std::vector<SkipAnswer>& answers) {
  ordered_json below = ordered_json::array();
  for (const SkipAnswer& answer : answers) {
    for (const Below& each : answer.below) below.push_back(below_json(request, answer, each));
  }
  return ordered_json{{"schema", 1},
                      {"command", "solve"},
                      {"skip", outputs(request.question)},
                      {"below", below}}
             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         '\n';
}

}  // namespace tconv::cli
