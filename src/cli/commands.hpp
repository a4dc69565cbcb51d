// The subcommands: each adds itself to the command line and runs once it is parsed.
#pragma once
#include <CLI/App.hpp>
#include <functional>

namespace tconv::cli {

// Returns the exit code.
using Command = std::function<int()>;

Command add_batch(CLI::App& app);
Command add_bench(CLI::App& app);
Command add_diff(CLI::App& app);
Command add_port(CLI::App& app);
Command add_run(CLI::App& app);
Command add_shape(CLI::App& app);
Command add_info(CLI::App& app);
Command add_solve(CLI::App& app);
Command add_help(CLI::App& app);

}  // namespace tconv::cli
