// tconv solve: which layers take one size to another.
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/skip_report.hpp"
#include "cli/solve_options.hpp"
#include "cli/solve_report.hpp"
#include "solve/skip.hpp"

namespace tconv::cli {
namespace {

int finish(std::string_view text, bool found, const Voice& voice) {
  const int printed = voice.quiet && !voice.json ? 0 : print(text, voice);
  return printed != 0 || found ? printed : static_cast<int>(ExitCode::No);
}

int solve_skips(const SolveRequest& request, const Voice& voice) {
  std::vector<SkipAnswer> answers;
  bool found = false;
  for (const frameworks::Framework* framework : request.question.frameworks) {
    solve::Question question = request.question;
    question.frameworks = {framework};
    auto below = solve::solve_skip(question);
    if (!below) return report(below.error(), voice);
    std::erase_if(*below, [](const solve::Below& b) { return b.exact.empty() && !b.usual; });
    found = found || !below->empty();
    answers.push_back({.framework = framework, .below = std::move(*below)});
  }
  return finish(voice.json ? skip_json(request, answers) : skip_text(request, answers), found,
                voice);
}

int solve(const SolveOptions& options) {
  const Voice voice = options.voice();
  const auto request = solve_request(options);
  if (!request) return report(request.error(), voice);
  if (request->skip) return solve_skips(*request, voice);
  const auto found = solve::solve(request->question);
  if (!found) return report(found.error(), voice);
  std::vector<solve::NearAxis> near;
  if (found->solutions.empty() && !(voice.quiet && !voice.json)) {
    auto searched = solve::nearest(request->question);
    if (!searched) return report(searched.error(), voice);
    near = std::move(*searched);
  }
  const std::string text = voice.json                 ? solve_json(*request, *found, near)
                           : found->solutions.empty() ? nearest_text(*request, near)
                                                      : solve_text(*request, *found);
  return finish(text, !found->solutions.empty(), voice);
}

constexpr const char* kSolveExamples = R"(Examples:
  tconv solve --from 44 --to 89 --framework pytorch,keras
  tconv solve --from 7,14,28 --to 14,28,56 --kernel-size 2..4
  tconv solve --from 7x9 --to 14x27 --transposed --format layers
  tconv solve --skip 89
)";

}  // namespace

Command add_solve(CLI::App& app) {
  auto options = std::make_shared<SolveOptions>();
  CLI::App& command = *app.add_subcommand("solve", "which layers take one size to another");
  command.footer(kSolveExamples);
  add_solve_options(command, *options);
  return [options] { return solve(*options); };
}

}  // namespace tconv::cli
