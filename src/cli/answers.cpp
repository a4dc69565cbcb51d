#include "cli/answers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/compare.hpp"
#include "io/read.hpp"
#include "spec/spec.hpp"

namespace tconv::cli {
namespace {

Answer answer_of(const batch::ChainRequest& request, const io::Tensor& x,
                 const batch::ComputeOptions& options) {
  Answer answer{.framework = request.framework};
  const auto refused = [&](const Error& error) {
    answer.refusal = error.what;
    return answer;
  };
  const auto chain = batch::read_chain(request);
  if (!chain) return refused(chain.error());
  const auto result = batch::run_chain(*chain, x, options);
  if (!result) return refused(result.error());
  answer.y = result->y;
  return answer;
}

bool reads_standard_input(const batch::ChainRequest& request, const std::string& input) {
  const auto is_dash = [](const std::string& argument) { return argument == "-"; };
  return input == "-" || request.spec == "-" ||
         std::any_of(request.weights.begin(), request.weights.end(), is_dash) ||
         std::any_of(request.biases.begin(), request.biases.end(), is_dash);
}

bool is_neutral(const batch::ChainRequest& request) {
  if (!request.framework.empty()) return false;
  const auto spec = spec::parse_spec(request.spec);
  if (!spec || spec->layers.size() != 1) return false;
  const Layer& layer = spec->layers[0].layer;
  return layer.framework.empty() && layer.module.empty() &&
         frameworks::neutral_name(layer.name).has_value();
}

// The first framework before this one whose values are the same.
std::string equal_to(const std::vector<Answer>& answers, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i) {
    if (!answers[i].y || !answers[index].y) continue;
    const auto same = io::compare(*answers[index].y, *answers[i].y, {.equal_nan = true});
    if (same && same->equal) return answers[i].framework;
  }
  return {};
}

}  // namespace

std::string answer_text(const Answer& answer) {
  return answer.y ? io::shape_text(answer.y->shape) : "refused: " + answer.refusal;
}

Error with_answers(Error error, const batch::ChainRequest& request, const std::string& input,
                   const batch::ComputeOptions& options) {
  if (reads_standard_input(request, input) || !is_neutral(request)) return error;
  const auto x = io::read_tensor(input);
  if (!x) return error;
  std::vector<Answer> answers;
  for (const frameworks::Framework* framework : frameworks::all_frameworks()) {
    batch::ChainRequest asked = request;
    asked.framework = framework->name;
    if (!framework->knows({.name = spec::parse_spec(request.spec)->layers[0].layer.name})) continue;
    answers.push_back(answer_of(asked, *x, options));
  }
  error.excerpt.clear();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string twin = equal_to(answers, i);
    if (i > 0) error.excerpt += '\n';
    error.excerpt += fmt::format("{:<8} {}{}", answers[i].framework, answer_text(answers[i]),
                                 twin.empty() ? "" : ", values of " + twin);
  }
  return error;
}

Result<Answer> answer_as(const batch::ChainRequest& request, const batch::ChainResult& own,
                         const io::Tensor& x, const std::string& framework,
                         const batch::ComputeOptions& options) {
  const auto wanted = frameworks::framework_named(framework);
  if (!wanted) return wanted.error();
  const auto chain = batch::read_chain(request);
  if (!chain) return chain.error();
  if (chain->layers.size() != 1 || own.lowerings[0].stages.size() != 1) {
    return Error{.code = ErrorCode::Usage, .what = "--as takes a SPEC of one convolution"};
  }
  const auto resolved = frameworks::resolve(chain->layers[0].layer);
  if (!resolved) return resolved.error();
  auto flags = frameworks::neutral_arguments(*resolved);
  if (!flags) return flags.error();
  const Problem& problem = own.lowerings[0].stages[0];
  batch::ChainRequest asked = request;
  asked.framework = std::string((*wanted)->name);
  asked.spec = fmt::format(
      "conv{}{}d", problem.direction == Direction::Transposed ? "_transpose" : "", problem.rank);
  // The weights say the kernel's extents, and not every framework has an argument for them.
  std::erase_if(*flags, [](const Argument& flag) { return flag.name == "kernel_size"; });
  asked.flags = std::move(*flags);
  return answer_of(asked, x, options);
}

}  // namespace tconv::cli
