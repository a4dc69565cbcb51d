#include "cli/run_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/output_file.hpp"
#include "cli/standard_input.hpp"
#include "cli/usage_error.hpp"
#include "support/memory.hpp"

namespace tconv::cli {
namespace {

constexpr int kMaxPrecision = 17;  // digits that tell every float64 apart

Result<std::optional<io::Format>> output_format(const RunOptions& options) {
  std::optional<io::Format> format;
  if (!options.format.empty()) {
    format = io::format_from_name(options.format);
    if (!format)
      return usage(fmt::format("--format {} must be text, json, npy or npz", options.format));
  } else if (options.output == "-") {
    format = io::Format::Npy;
  } else if (!options.output.empty()) {
    format = io::format_from_path(options.output);
    if (!format) {
      return usage(fmt::format("-o {} has no extension that tells its format", options.output),
                   "name it .npy, .npz, .json or .txt, or give --format");
    }
  } else if (options.expect.empty() && options.as.empty() && !options.layer.json) {
    format = io::Format::Text;
  }
  const bool to_stdout = options.output.empty() || options.output == "-";
  if (options.layer.json && to_stdout && format && format != io::Format::Json) {
    return usage("--json prints one object, which has no room for another format beside it",
                 "leave out --json, or write the tensor with -o FILE");
  }
  const bool binary = format == io::Format::Npy || format == io::Format::Npz;
  if (binary && to_stdout && isatty(STDOUT_FILENO) == 1) {
    return usage("an .npy or .npz stream is not for a terminal", "redirect it, or give -o FILE");
  }
  return format;
}

std::vector<std::string> inputs_as_typed(const RunOptions& options) {
  std::vector<std::string> inputs = {options.layer.spec, options.input, options.expect};
  inputs.insert(inputs.end(), options.layer.weights.begin(), options.layer.weights.end());
  inputs.insert(inputs.end(), options.layer.biases.begin(), options.layer.biases.end());
  return inputs;
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options) {
  command
      .add_option("-x,--input", options.input,
                  "input: .npy, .npz, .json, - or values (help tensors)")
      ->type_name("TENSOR")
      ->group("Tensors");
  add_layer_options(command, options.layer);
  const std::string results = "Result";
  command.add_option("-o,--output", options.output, "write to a file, by its extension; - streams")
      ->type_name("FILE")
      ->group(results);
  command.add_option("--format", options.format, "text, json, npy or npz")
      ->type_name("FORMAT")
      ->group(results);
  command.add_option("--precision", options.precision, "digits after the point in text")
      ->type_name("N")
      ->group(results);
  CLI::Option* const expect =
      command
          .add_option("--expect", options.expect, "compare with a tensor; exit 1 where they differ")
          ->type_name("TENSOR")
          ->group(results);
  add_tolerance_options(command, options.tolerance, results, expect);
  command
      .add_option("--as", options.as,
                  "take the layer's arguments by another framework's rules, and compare")
      ->type_name("NAME")
      ->excludes(expect)
      ->group(results);
  add_plan_options(command, options.plan);
  const std::string compute = "How to compute";
  command
      .add_flag("--explain-plan", options.explain_plan,
                "print which algorithm it would be and why, and compute nothing")
      ->group(compute);
  command
      .add_option("--max-memory", options.max_memory,
                  "refuse, before work starts, what takes more (exit 5)")
      ->type_name("SIZE")
      ->group(compute);
}

Result<RunRequest> meaning_of(const RunOptions& options) {
  RunRequest request;
  auto chain = chain_request(options.layer);
  if (!chain) return chain.error();
  request.chain = std::move(*chain);
  if (options.input.empty()) return usage("no input is given", "-x TENSOR; tconv help tensors");
  const auto format = output_format(options);
  if (!format) return format.error();
  request.format = *format;
  request.compute.max_bytes = support::physical_memory_bytes();
  if (!options.max_memory.empty()) {
    const auto bytes = parse_bytes("--max-memory", options.max_memory);
    if (!bytes) return bytes.error();
    request.compute.max_bytes = *bytes;
  }
  const auto plan = plan_options(options.plan);
  if (!plan) return plan.error();
  request.compute.plan = *plan;
  if (options.precision < 0 || options.precision > kMaxPrecision) {
    return usage(fmt::format("--precision {} must be 0 to {}", options.precision, kMaxPrecision));
  }
  // Known to be right before the work; what it is depends on the result's dtype.
  const auto tolerance = tolerance_of(options.tolerance, DType::Float32, DType::Float32);
  if (!tolerance) return tolerance.error();
  if (auto ok = check_standard_input(inputs_as_typed(options)); !ok) return ok.error();
  return request;
}

Result<std::optional<support::AtomicFile>> open_output(const RunOptions& options,
                                                       const batch::Chain& chain) {
  std::optional<support::AtomicFile> none;
  if (options.output.empty() || options.output == "-") return none;
  std::vector<std::string> inputs = inputs_as_typed(options);
  for (const batch::ChainLayer& layer : chain.layers) {  // the SPEC names files, too
    for (const io::Tensor& w : layer.weights) inputs.push_back(w.name);
    if (layer.bias) inputs.push_back(layer.bias->name);
  }
  return open_output_file("-o", options.output, inputs);
}

}  // namespace tconv::cli
