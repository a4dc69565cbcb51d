// tconv run: one layer, or a chain of them, on one input.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>

#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/layer_options.hpp"
#include "cli/standard_input.hpp"
#include "io/compare.hpp"
#include "io/read.hpp"
#include "io/write.hpp"
#include "support/file.hpp"
#include "support/memory.hpp"

namespace tconv::cli {
namespace {

constexpr int kMaxPrecision = 17;  // digits that tell every float64 apart

// As typed.
struct RunOptions {
  LayerOptions layer{};
  std::string input{}, output{}, format{}, expect{}, max_memory{};
  std::optional<double> rtol{}, atol{};
  bool equal_nan = false;
  int precision = io::TextOptions{}.precision;
};

// As meant.
struct RunRequest {
  batch::ChainRequest chain{};
  std::optional<io::Format> format{};  // of stdout or of the output file; absent: no tensor printed
  std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
};

Error usage(std::string what, std::string hint = {}) {
  return Error{.code = ErrorCode::Usage, .what = std::move(what), .hint = std::move(hint)};
}

Result<std::optional<io::Format>> output_format(const RunOptions& options) {
  std::optional<io::Format> format;
  if (!options.format.empty()) {
    format = io::format_from_name(options.format);
    if (!format) return usage(fmt::format("--format {} must be text, json or npy", options.format));
  } else if (options.output == "-") {
    format = io::Format::Npy;
  } else if (!options.output.empty()) {
    format = io::format_from_path(options.output);
    if (!format) {
      return usage(fmt::format("-o {} has no extension that tells its format", options.output),
                   "name it .npy, .json or .txt, or give --format");
    }
  } else if (options.expect.empty() && !options.layer.json) {
    format = io::Format::Text;
  }
  const bool to_stdout = options.output.empty() || options.output == "-";
  if (options.layer.json && to_stdout && format && format != io::Format::Json) {
    return usage("--json prints one object, which has no room for another format beside it",
                 "leave out --json, or write the tensor with -o FILE");
  }
  if (format == io::Format::Npy && to_stdout && isatty(STDOUT_FILENO) == 1) {
    return usage("an .npy stream is not for a terminal", "redirect it, or give -o FILE");
  }
  return format;
}

std::vector<std::string> inputs_as_typed(const RunOptions& options) {
  std::vector<std::string> inputs = {options.layer.spec, options.input, options.expect};
  inputs.insert(inputs.end(), options.layer.weights.begin(), options.layer.weights.end());
  inputs.insert(inputs.end(), options.layer.biases.begin(), options.layer.biases.end());
  return inputs;
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
  request.max_bytes = support::physical_memory_bytes();
  if (!options.max_memory.empty()) {
    const auto bytes = parse_bytes("--max-memory", options.max_memory);
    if (!bytes) return bytes.error();
    request.max_bytes = *bytes;
  }
  if (options.precision < 0 || options.precision > kMaxPrecision) {
    return usage(fmt::format("--precision {} must be 0 to {}", options.precision, kMaxPrecision));
  }
  for (const auto& [flag, value] :
       {std::pair("--rtol", options.rtol), std::pair("--atol", options.atol)}) {
    if (!value || (*value >= 0 && std::isfinite(*value))) continue;
    return usage(fmt::format("{} {} must be a number of at least 0", flag, *value));
  }
  if (auto ok = check_standard_input(inputs_as_typed(options)); !ok) return ok.error();
  return request;
}

Result<void> check_no_input(const std::string& output, std::span<const std::string> inputs) {
  for (const std::string& input : inputs) {
    std::error_code missing;
    if (std::filesystem::equivalent(output, input, missing)) {
      return usage(fmt::format("-o {} is also an input ({})", output, input),
                   "an input is never overwritten");
    }
  }
  return {};
}

// An output that is also an input, or that cannot be written, is better known before the work.
Result<void> check_output(const RunOptions& options, const batch::Chain& chain) {
  if (options.output.empty() || options.output == "-") return {};
  std::vector<std::string> inputs = inputs_as_typed(options);
  for (const batch::ChainLayer& layer : chain.layers) {  // the SPEC names files, too
    for (const io::Tensor& w : layer.weights) inputs.push_back(w.name);
    if (layer.bias) inputs.push_back(layer.bias->name);
  }
  if (auto ok = check_no_input(options.output, inputs); !ok) return ok;
  std::error_code ignored;
  const auto kind = std::filesystem::status(options.output, ignored).type();
  if (kind == std::filesystem::file_type::regular ||
      kind == std::filesystem::file_type::not_found) {
    if (auto file = support::AtomicFile::open(options.output); !file) return file.error();
  }
  return {};
}

struct Verdict {
  io::Comparison comparison{};
  Shape expected_shape{};
};

Result<std::optional<Verdict>> compare_expected(const RunOptions& options, const io::Tensor& y) {
  if (options.expect.empty()) return std::optional<Verdict>();
  const auto expected =
      io::read_tensor(options.expect, {.void2_is_bfloat16 = y.dtype == DType::BFloat16});
  if (!expected) return expected.error();
  io::Tolerance tolerance = io::default_tolerance(y.dtype);
  tolerance.relative = options.rtol.value_or(tolerance.relative);
  tolerance.absolute = options.atol.value_or(tolerance.absolute);
  tolerance.equal_nan = options.equal_nan;
  auto comparison = io::compare(y, *expected, tolerance);
  if (!comparison) return comparison.error();
  return std::optional<Verdict>({*comparison, expected->shape});
}

std::string verdict_text(const Verdict& verdict, const RunOptions& options, const Shape& shape) {
  const io::Comparison& c = verdict.comparison;
  if (!c.same_shape) {
    return fmt::format("differ: shape {} here, {} in {}\n", shape_text(shape),
                       shape_text(verdict.expected_shape), options.expect);
  }
  if (c.equal) {
    return fmt::format("equal: {} elements, largest difference {:.3g}\n", c.elements,
                       c.largest_difference);
  }
  return fmt::format(
      "differ: {} of {} elements, largest difference {:.3g}; worst at {}: {} here, {} in {}\n",
      c.differing, c.elements, c.largest_difference, shape_text(c.worst_index), c.worst_actual,
      c.worst_expected, options.expect);
}

std::string verdict_json(const Verdict& verdict) {
  const io::Comparison& c = verdict.comparison;
  std::string text = fmt::format(
      R"({{"equal": {}, "same_shape": {}, "elements": {}, "differing": {}, "largest_difference": {})",
      c.equal, c.same_shape, c.elements, c.differing, c.largest_difference);
  if (!c.same_shape)
    text += fmt::format(R"(, "expected_shape": [{}])", fmt::join(verdict.expected_shape, ", "));
  if (c.differing > 0)
    text += fmt::format(R"(, "worst_index": [{}])", fmt::join(c.worst_index, ", "));
  return text + '}';
}

std::string run_json(const RunOptions& options, const batch::ChainResult& result,
                     const std::optional<Verdict>& verdict) {
  std::string text = fmt::format(
      R"({{"schema": 1, "command": "run", "layers": {}, "shape": [{}], "dtype": "{}")",
      describe_json(result.lowerings), fmt::join(result.y.shape, ", "), name(result.y.dtype));
  if (verdict) text += fmt::format(R"(, "expect": {})", verdict_json(*verdict));
  const bool inside = options.output.empty() || options.output == "-";
  text += inside ? fmt::format(R"(, "data": {})", io::json_array(result.y))
                 : fmt::format(R"(, "output": {})", json_string(options.output));
  return text + "}\n";
}

Result<void> write_result(const RunOptions& options, io::Format format, const io::Tensor& y) {
  const io::TextOptions text{.precision = options.precision};
  if (!options.output.empty() && options.output != "-") {
    return io::write_tensor(y, options.output, format, text);
  }
  if (auto written = io::write_tensor(y, STDOUT_FILENO, format, text); !written) return written;
  if (format != io::Format::Text || options.layer.quiet || !options.output.empty()) return {};
  return support::write_all(STDOUT_FILENO, fmt::format("shape: {}\n", shape_text(y.shape)),
                            "standard output");
}

int finish(const RunOptions& options, const RunRequest& request, const batch::ChainResult& result) {
  const Voice voice = options.layer.voice();
  const auto verdict = compare_expected(options, result.y);
  if (!verdict) return report(verdict.error(), voice);
  const bool tensor_on_stdout = options.output.empty() || options.output == "-";
  if (request.format && !(voice.json && tensor_on_stdout)) {
    if (auto written = write_result(options, *request.format, result.y); !written) {
      return report(written.error(), voice);
    }
  }
  std::string text;
  if (voice.json) {
    text = run_json(options, result, *verdict);
  } else if (!voice.quiet) {
    if (!tensor_on_stdout) {
      text += fmt::format("{}: shape {} {}\n", options.output, shape_text(result.y.shape),
                          name(result.y.dtype));
    }
    if (*verdict) text += verdict_text(**verdict, options, result.y.shape);
  }
  // Beside a tensor on stdout, which another program may read, the verdict is a message.
  const bool is_message = request.format && tensor_on_stdout && !voice.json;
  if (is_message) {
    static_cast<void>(support::write_all(STDERR_FILENO, text, "stderr"));
  } else if (const int failed = print(text, voice); failed != 0) {
    return failed;
  }
  const bool differs = *verdict && !(*verdict)->comparison.equal;
  return static_cast<int>(differs ? ExitCode::No : ExitCode::Done);
}

int run(const RunOptions& options) {
  const Voice voice = options.layer.voice();
  const auto request = meaning_of(options);
  if (!request) return report(request.error(), voice);
  const auto chain = batch::read_chain(request->chain);
  if (!chain) return report(chain.error(), voice);
  if (auto ok = check_output(options, *chain); !ok) return report(ok.error(), voice);
  const auto x = io::read_tensor(options.input,
                                 {.void2_is_bfloat16 = request->chain.dtype == DType::BFloat16});
  if (!x) return report(x.error(), voice);
  const auto result = batch::run_chain(*chain, *x, request->max_bytes);
  if (!result) return report(result.error(), voice);
  for (const frameworks::Lowering& lowering : result->lowerings) {
    if (!lowering.bias_omitted) continue;
    note(fmt::format("{}: has a bias by default and -b gave none; computed without (say bias=False "
                     "to silence this)",
                     lowering.layer),
         voice);
  }
  return finish(options, *request, *result);
}

constexpr const char* kExamples = R"(Examples:
  tconv run 'nn.ConvTranspose2d(1, 1, 2, stride=3, bias=False)' -x '[[0,1],[2,3]]' -w '[[0,1],[2,3]]'
  tconv run 'Conv2D(64, 3, strides=2, padding="same")' -x x.npy -w kernel.npy -b bias.npy -o y.npy
  tconv run ConvTranspose2d --stride 2 --padding 1 -x x.npy -w w.npy --format npy | tconv run ... -x -
  tconv run layer.json -x x.npy --expect golden.npy       # exit 1 where they differ
)";

}  // namespace

Command add_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  CLI::App& command = *app.add_subcommand("run", "compute one layer or a chain of layers");
  command.footer(kExamples);
  command
      .add_option("-x,--input", options->input, "input: .npy, .json, - or values (help tensors)")
      ->type_name("TENSOR")
      ->group("Tensors");
  add_layer_options(command, options->layer);
  const std::string results = "Result";
  command
      .add_option("-o,--output", options->output, "write to a file, by its extension; - streams")
      ->type_name("FILE")
      ->group(results);
  command.add_option("--format", options->format, "text, json or npy")
      ->type_name("FORMAT")
      ->group(results);
  command.add_option("--precision", options->precision, "digits after the point in text")
      ->type_name("N")
      ->group(results);
  CLI::Option* const expect = command
                                  .add_option("--expect", options->expect,
                                              "compare with a tensor; exit 1 where they differ")
                                  ->type_name("TENSOR")
                                  ->group(results);
  command.add_option("--rtol", options->rtol, "relative tolerance of --expect (by dtype)")
      ->type_name("R")
      ->needs(expect)
      ->group(results);
  command.add_option("--atol", options->atol, "absolute tolerance of --expect (by dtype)")
      ->type_name("A")
      ->needs(expect)
      ->group(results);
  command.add_flag("--equal-nan", options->equal_nan, "NaN equals NaN in --expect")
      ->needs(expect)
      ->group(results);
  command
      .add_option("--max-memory", options->max_memory,
                  "refuse, before work starts, what takes more (exit 5)")
      ->type_name("SIZE");
  return [options] { return run(*options); };
}

}  // namespace tconv::cli
