// Options by which every subcommand takes a layer and its tensors.
#pragma once
#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batch/chain.hpp"
#include "cli/report.hpp"

namespace tconv::cli {

// As typed.
struct LayerOptions {
  std::string spec{}, framework{};
  std::vector<std::pair<std::string, std::string>> flags{};  // neutral name, text
  std::vector<std::string> weights{}, biases{};
  std::string dtype{};
  bool quiet = false, json = false;

  Voice voice() const { return {.quiet = quiet, .json = json}; }
};

// Adds SPEC, --framework, the layer flags, -w, -b, --dtype, --quiet and --json.
void add_layer_options(CLI::App& command, LayerOptions& options);

// What they mean. Fails with Usage.
Result<batch::ChainRequest> chain_request(const LayerOptions& options);

// "4GiB", "512M", "1000000": units K M G T (of 1024), with or without B or iB. Fails with Usage.
Result<std::int64_t> parse_bytes(const std::string& flag, const std::string& text);

// "1,3,224,224", or "(1, 3, 224, 224)" as Python prints it. Fails with Usage.
Result<Shape> parse_shape(const std::string& flag, const std::string& text);

}  // namespace tconv::cli
