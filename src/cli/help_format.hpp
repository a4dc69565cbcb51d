// How --help looks: what it is, examples, usage, options.
#pragma once
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>

namespace tconv::cli {

// CLI11's formatter with the examples, which commands carry as their footer, moved to the top, and
// a usage line that says the whole command.
class HelpFormat : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_footer(const CLI::App* app) const override;
};

}  // namespace tconv::cli
