// tconv help [TOPIC | COMMAND].
#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <vector>

#include "cli/commands.hpp"
#include "cli/help_topics.hpp"
#include "cli/report.hpp"
#include "support/suggest.hpp"

namespace tconv::cli {
namespace {

std::vector<HelpTopic> all_topics() {
  std::vector<HelpTopic> topics(help_topics().begin(), help_topics().end());
  topics.push_back(question_topic());
  topics.insert(topics.end(), framework_topics().begin(), framework_topics().end());
  return topics;
}

std::string topic_list() {
  std::string text = "Topics:\n";
  for (const HelpTopic& topic : all_topics()) {
    text += fmt::format("  tconv help {:<12} {}\n", topic.name, topic.summary);
  }
  return text;
}

int help(const CLI::App& app, const std::string& word) {
  if (word.empty()) {
    // app.help() would be that of the subcommand chosen, which is this one.
    const std::string text = app.get_formatter()->make_help(&app, "", CLI::AppFormatMode::Normal);
    return print(text + '\n' + topic_list(), {});
  }
  std::vector<std::string_view> known;
  for (const HelpTopic& topic : all_topics()) {
    if (topic.name == word) return print(topic.text, {});
    known.push_back(topic.name);
  }
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : commands) {
    if (command->get_name() == word) return print(command->help(), {});
    known.push_back(command->get_name());
  }
  return report(
      {.code = ErrorCode::Usage,
       .what = fmt::format("no help topic '{}'{}", word, support::did_you_mean(word, known)),
       .hint = fmt::format("there are {}", fmt::join(known, ", "))},
      {});
}

}  // namespace

Command add_help(CLI::App& app) {
  auto word = std::make_shared<std::string>();
  CLI::App& command = *app.add_subcommand(
      "help", "a topic: conventions, spec, tensors, plan, exit-codes, questions");
  command.add_option("TOPIC", *word, "a topic or a subcommand")->type_name("");
  return [&app, word] { return help(app, *word); };
}

}  // namespace tconv::cli
