#include "cli/help_format.hpp"

namespace tconv::cli {

std::string HelpFormat::make_description(const CLI::App* app) const {
  return app->get_description() + "\n\n" + app->get_footer() + '\n';
}

std::string HelpFormat::make_usage(const CLI::App* app, std::string) const {
  std::string usage = "Usage: ";
  if (app->get_parent() == nullptr) return usage + app->get_name() + " COMMAND ...\n";
  usage += app->get_parent()->get_name() + ' ' + app->get_name();
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_positional()) usage += " [" + option->get_single_name() + ']';
  }
  return usage + " [OPTIONS]\n";
}

std::string HelpFormat::make_footer(const CLI::App*) const { return {}; }

}  // namespace tconv::cli
