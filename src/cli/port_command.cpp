// tconv port: the same layer, and its weights, in another framework.
#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/layer_options.hpp"
#include "cli/output_file.hpp"
#include "cli/port_report.hpp"
#include "cli/standard_input.hpp"
#include "cli/usage_error.hpp"
#include "frameworks/port_code.hpp"
#include "io/write.hpp"

namespace tconv::cli {
namespace {

struct PortOptions {
  LayerOptions layer{};
  std::string target{}, input_shape{};
  std::vector<std::string> outputs{}, bias_outputs{};
  bool exact = false, verify = false;
};

// A tensor to write, and where to.
struct Output {
  std::string path{};
  const io::Tensor* tensor = nullptr;
};

using OpenFiles = std::map<std::string, std::optional<support::AtomicFile>>;

// All of them, before any work. The code reads them with numpy.load, so that they are .npy.
Result<OpenFiles> opened(const PortOptions& options, const batch::Chain& chain) {
  std::vector<std::string> inputs;
  for (const batch::ChainLayer& layer : chain.layers) {
    for (const io::Tensor& w : layer.weights) inputs.push_back(w.name);
    if (layer.bias) inputs.push_back(layer.bias->name);
  }
  OpenFiles files;
  for (const auto& [flag, paths] :
       {std::pair("-o", &options.outputs), std::pair("--bias-out", &options.bias_outputs)}) {
    for (const std::string& path : *paths) {
      if (!path.ends_with(".npy")) {
        return usage(fmt::format("{} {}: the code reads it with numpy.load", flag, path),
                     "name it .npy");
      }
      if (files.contains(path)) return usage(fmt::format("{} {} is given twice", flag, path));
      auto file = open_output_file(flag, path, inputs);
      if (!file) return file.error();
      files.emplace(path, std::move(*file));
    }
  }
  return files;
}

// In the order of the layers: each -o takes the weights of a stage, each --bias-out a bias.
Result<std::vector<Output>> outputs_of(const PortOptions& options, const PortReport& report,
                                       std::vector<frameworks::CodeLayer>& code) {
  std::vector<Output> outputs;
  std::size_t w = 0, b = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    for (const io::Tensor& tensor : report.tensors[i].weights) {
      if (w == options.outputs.size()) break;
      outputs.push_back({options.outputs[w], &tensor});
      code[i].weight_files.push_back(options.outputs[w++]);
    }
    if (report.tensors[i].bias && b < options.bias_outputs.size()) {
      outputs.push_back({options.bias_outputs[b], &*report.tensors[i].bias});
      code[i].bias_file = options.bias_outputs[b++];
    }
  }
  const auto check = [](std::string_view flag, std::string_view given, std::size_t used,
                        const std::vector<std::string>& paths) -> Result<void> {
    if (used == paths.size()) return {};
    return usage(
        fmt::format("{} {}: there are {} such tensors to convert", flag, paths[used], used),
        fmt::format("give them with {}, or in the SPEC", given));
  };
  if (auto ok = check("-o", "-w", w, options.outputs); !ok) return ok.error();
  if (auto ok = check("--bias-out", "-b", b, options.bias_outputs); !ok) return ok.error();
  return outputs;
}

Result<void> verify(const batch::Chain& chain, DType dtype, PortReport& report) {
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const auto one =
        batch::verify_port(chain.layers[i], report.layers[i], report.tensors[i], dtype);
    if (!one) return batch::located(one.error(), chain, i);
    const bool worse = !report.verification || (report.verification->equal && !one->equal) ||
                       (report.verification->equal == one->equal &&
                        one->largest_difference > report.verification->largest_difference);
    if (worse) report.verification = *one;
  }
  return {};
}

// Everything but the printing.
Result<PortReport> made_report(const PortOptions& options) {
  const auto request = chain_request(options.layer);
  if (!request) return request.error();
  if (options.target.empty()) {
    return usage("no framework is given", "--to pytorch, keras, onnx, jax or flax");
  }
  const auto target = frameworks::framework_named(options.target);
  if (!target) return target.error();
  std::optional<Shape> x;
  if (!options.input_shape.empty()) {
    auto shape = parse_shape("--input-shape", options.input_shape);
    if (!shape) return shape.error();
    if (const auto count = io::element_count(*shape, DType::Float64); !count) return count.error();
    x = std::move(*shape);
  }
  std::vector<std::string> readers = {options.layer.spec};
  readers.insert(readers.end(), options.layer.weights.begin(), options.layer.weights.end());
  readers.insert(readers.end(), options.layer.biases.begin(), options.layer.biases.end());
  if (auto ok = check_standard_input(readers); !ok) return ok.error();
  const auto chain = batch::read_chain(*request);
  if (!chain) return chain.error();
  auto files = opened(options, *chain);
  if (!files) return files.error();
  const auto dtype = batch::chain_dtype(*chain, nullptr);
  if (!dtype) return dtype.error();
  auto layers = batch::port_chain(*chain, x, **target);
  if (!layers) return layers.error();

  PortReport report{.target = std::string((*target)->name), .layers = std::move(*layers)};
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    report.verdict = std::max(report.verdict, report.layers[i].verdict);
    auto tensors = batch::port_tensors(chain->layers[i], report.layers[i], *dtype);
    if (!tensors) return tensors.error();
    report.tensors.push_back(std::move(*tensors));
  }
  if (report.verdict == frameworks::Verdict::Impossible) return report;
  std::vector<frameworks::CodeLayer> code;
  for (const frameworks::PortedLayer& layer : report.layers) code.push_back({.layer = &layer});
  const auto outputs = outputs_of(options, report, code);
  if (!outputs) return outputs.error();
  if (options.verify) {
    if (auto done = verify(*chain, *dtype, report); !done) return done.error();
  }
  report.code = frameworks::port_code(**target, code);
  for (const Output& output : *outputs) {
    std::optional<support::AtomicFile>& file = files->at(output.path);
    const auto written = file
                             ? io::write_tensor(*output.tensor, *file, output.path, io::Format::Npy)
                             : io::write_tensor(*output.tensor, output.path, io::Format::Npy);
    if (!written) return written.error();
    report.outputs.push_back(fmt::format("{}: shape {} {}", output.path,
                                         io::shape_text(output.tensor->shape),
                                         name(output.tensor->dtype)));
  }
  return report;
}

int port(const PortOptions& options) {
  const Voice voice = options.layer.voice();
  const auto made = made_report(options);
  if (!made) return report(made.error(), voice);
  const std::string text = voice.json    ? port_json(*made)
                           : voice.quiet ? fmt::format("{}\n", name(made->verdict))
                                         : port_text(*made);
  if (const int failed = print(text, voice); failed != 0) return failed;
  const bool no = made->verdict == frameworks::Verdict::Impossible ||
                  (options.exact && made->verdict != frameworks::Verdict::Exact) ||
                  (made->verification && !made->verification->equal);
  return static_cast<int>(no ? ExitCode::No : ExitCode::Done);
}

constexpr const char* kPortExamples = R"(Examples:
  tconv port 'keras.layers.Conv2DTranspose(8, 3, strides=2, padding="same")' --to pytorch --input-shape 1,16,16,4
  tconv port 'nn.Conv2d(3, 64, 7, stride=2, padding=3)' --to keras -w w.npy -o kernel.npy > layer.py
  tconv port ConvTranspose --stride 2,2 -w w.npy --to flax --verify     # exit 1 where impossible
  tconv port model.json --to onnx --input-shape 1,28,28,1 --exact       # exit 1 unless exact
)";

}  // namespace

Command add_port(CLI::App& app) {
  auto options = std::make_shared<PortOptions>();
  CLI::App& command = *app.add_subcommand("port", "the same layer, and its weights, elsewhere");
  command.footer(kPortExamples);
  command.add_option("--to", options->target, "pytorch, keras, onnx, jax or flax")
      ->type_name("NAME");
  command
      .add_option("--input-shape", options->input_shape,
                  "shape of the input, where padding or channels depend on it")
      ->type_name("N,N,...")
      ->group("Tensors");
  add_layer_options(command, options->layer);
  const std::string results = "Result";
  command
      .add_option("-o,--output", options->outputs,
                  "write the converted weights; once per tensor, as -w")
      ->type_name("FILE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->group(results);
  command.add_option("--bias-out", options->bias_outputs, "write the bias; likewise")
      ->type_name("FILE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->group(results);
  command.add_flag("--exact", options->exact, "exit 1 unless the layer alone is exact")
      ->group(results);
  command
      .add_flag("--verify", options->verify,
                "run both sides on random values, print the largest difference")
      ->group(results);
  return [options] { return port(*options); };
}

}  // namespace tconv::cli
