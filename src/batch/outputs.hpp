// Where the result of every input goes.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "batch/discover.hpp"

namespace tconv::batch {

struct Item {
  std::string input{}, output{};
  FileIdentity identity{};  // of the input, as it was found
};

// A name with `{stem}` (the input's name without its extension), `{name}` (with it) and `{folder}`
// (the input's folder as it was given) replaced.
struct OutputNames {
  std::string folder{};
  std::string name_template{};
};

// Results lie below the folder as their inputs lay below the folder or glob they were found by;
// with
// `{folder}`, where that says. Fails with Usage where the template makes no name, a name that
// leaves the folder, or one name for two inputs.
Result<std::vector<Item>> name_outputs(const std::vector<Input>& inputs, const OutputNames& names);

// Whether a template has only words that are known, and one that tells inputs apart. Fails with
// Usage.
Result<void> check_template(const std::string& name_template);

// What is at an output's name before the work.
struct OutputState {
  bool exists = false;
  FileIdentity identity{};
};

// Fails with Usage where an output is one of the inputs, or one of `others` (the weights and the
// SPEC), under whatever name, and with Output where a folder is in its place.
Result<std::vector<OutputState>> look_at_outputs(const std::vector<Item>& items,
                                                 const std::vector<Input>& inputs,
                                                 std::span<const std::string> others);

// Makes the folders that outputs go to, and `root`, and returns them all. Fails with Output where
// one cannot be made or written to.
Result<std::vector<std::string>> make_output_folders(const std::vector<Item>& items,
                                                     const std::string& root);

}  // namespace tconv::batch
