// What `tconv solve` asks, as typed and as meant.
#pragma once
#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "cli/report.hpp"
#include "solve/solve.hpp"

namespace tconv::cli {

enum class SolveFormat { Table, Layers };

// As typed.
struct SolveOptions {
  std::string from{}, to{}, skip{};
  std::vector<std::string> frameworks{};
  std::string kernel_size{}, stride{}, dilation{}, padding{}, output_padding{};
  std::string channels = "1,1", format = "table";
  int rank = 0;  // 0: as many axes as a size has, else 2
  std::int64_t limit = 5;
  bool transposed = false, forward = false, quiet = false, json = false;

  Voice voice() const { return {.quiet = quiet, .json = json}; }
};

void add_solve_options(CLI::App& command, SolveOptions& options);

// As meant. In a request about a skip connection each axis's `to` is the skip's size, and `from` is
// empty where the size below is not known.
struct SolveRequest {
  solve::Question question{};
  solve::Channels channels{};
  SolveFormat format = SolveFormat::Table;
  bool skip = false;
  std::size_t limit = 5;  // of layers, for each framework
};

// Fails with Usage, and with Spec on an unknown framework.
Result<SolveRequest> solve_request(const SolveOptions& options);

}  // namespace tconv::cli
