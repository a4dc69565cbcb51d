// The command line: which subcommand, and what to say where it cannot be read.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <csignal>
#include <memory>
#include <span>

#include "cli/commands.hpp"
#include "cli/help_format.hpp"
#include "cli/report.hpp"
#include "io/onnx_model.hpp"
#include "support/file.hpp"
#include "support/suggest.hpp"

namespace {

using tconv::cli::Command;
using tconv::cli::ExitCode;

constexpr const char* kDescription =
    "tconv runs a convolution layer, forward or transposed, exactly as its framework would.";

constexpr const char* kMainExamples = R"(Examples:
  tconv run 'nn.ConvTranspose2d(1, 1, 2, bias=False)' -x '[[0,1],[2,3]]' -w '[[0,1],[2,3]]'
  tconv run 'Conv2D(64, 3, padding="same")' -x x.npy -w kernel.npy -b bias.npy -o y.npy
  tconv shape 'nn.Conv2d(3, 64, 7, stride=2, padding=3)' --input-shape 1,3,224,224
)";

// What the user meant by a word that is no option or subcommand.
std::string suggestion(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  if (word.starts_with("-")) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
    }
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return tconv::support::did_you_mean(word.substr(0, word.find('=')), known);
}

// CLI11's words for a value too many or too few begin with the option's name and a colon.
std::string mismatch(const std::string& words) {
  const std::string option = words.substr(0, words.find(':'));
  if (words.ends_with("missing")) return option + " needs a value";
  if (words.find("At Most") != std::string::npos) return option + " is given more than once";
  return words;
}

int report_usage(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error,
                 const tconv::cli::Voice& voice) {
  const std::vector<std::string> extras = command.remaining();
  std::string what = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    what = mismatch(what);
  } else if (!extras.empty()) {
    what = fmt::format("unexpected argument {}{}", extras[0], suggestion(command, extras[0]));
  }
  const bool is_app = &command == &app;
  return tconv::cli::report(
      {.code = tconv::ErrorCode::Usage,
       .where = is_app ? "" : command.get_name(),
       .what = std::move(what),
       .hint = is_app ? "tconv --help" : fmt::format("tconv {} --help", command.get_name())},
      voice);
}

// In reverse, as CLI11 takes them. `-x=x.npy` becomes `-x x.npy`, as `--input=x.npy` does.
std::vector<std::string> arguments_of(std::span<char* const> words) {
  std::vector<std::string> arguments;
  for (std::size_t i = words.size(); i-- > 1;) {
    const std::string_view word = words[i];
    const bool joined = word.size() > 2 && word[0] == '-' && word[1] != '-' && word[2] == '=';
    if (joined) arguments.emplace_back(word.substr(3));
    arguments.emplace_back(joined ? word.substr(0, 2) : word);
  }
  return arguments;
}

int dispatch(std::span<char* const> words) {
  CLI::App app(kDescription, "tconv");
  app.footer(kMainExamples);
  app.require_subcommand(0, 1);  // so that `help run` is help
  app.formatter(std::make_shared<tconv::cli::HelpFormat>());
  app.set_version_flag(
      "--version",
      fmt::format("tconv " TCONV_VERSION "\nframeworks: pytorch, keras, onnx, jax, flax, scipy\n"
                  "dtypes: float16, bfloat16, float32, float64\n"
                  "formats: npy, npz, safetensors (read), json, text\n"
                  "onnx models: {}",
                  tconv::io::onnx_built_in() ? "built in" : "not built in"));
  std::vector<std::pair<std::string, Command>> commands = {
      {"run", tconv::cli::add_run(app)},     {"shape", tconv::cli::add_shape(app)},
      {"batch", tconv::cli::add_batch(app)}, {"diff", tconv::cli::add_diff(app)},
      {"port", tconv::cli::add_port(app)},   {"info", tconv::cli::add_info(app)},
      {"solve", tconv::cli::add_solve(app)}, {"bench", tconv::cli::add_bench(app)},
      {"help", tconv::cli::add_help(app)}};
  const auto chosen = [&]() -> const CLI::App& {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : *parsed[0];
  };
  std::vector<std::string> arguments = arguments_of(words);
  // Looked for by hand: where parsing failed, CLI11 has not set the flag.
  const bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    return tconv::cli::print(chosen().help(), {});
  } catch (const CLI::CallForVersion& version) {
    return tconv::cli::print(std::string(version.what()) + '\n', {});
  } catch (const CLI::ParseError& error) {
    return report_usage(app, chosen(), error, {.json = json});
  }
  for (const auto& [name, command] : commands) {
    if (app.got_subcommand(name)) return command();
  }
  static_cast<void>(tconv::support::write_all(STDERR_FILENO, app.help(), "stderr"));
  return static_cast<int>(ExitCode::Request);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // writes then fail with EPIPE, which is a normal end
  std::signal(SIGXFSZ, SIG_IGN);  // and with EFBIG beyond a limit of file sizes, which is said
  return dispatch({argv, static_cast<std::size_t>(argc)});
}
