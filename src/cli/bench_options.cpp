#include "cli/bench_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cmath>

#include "cli/standard_input.hpp"
#include "cli/usage_error.hpp"

namespace tconv::cli {
namespace {

Result<std::vector<BenchMode>> modes_of(const std::string& word) {
  const std::vector<BenchMode> all = {BenchMode::Packed, BenchMode::Unpacked, BenchMode::Cold};
  if (word == "all") return all;
  for (const BenchMode mode : all) {
    if (word == name(mode)) return std::vector{mode};
  }
  return usage(fmt::format("--mode {} must be packed, unpacked, cold or all", word));
}

Result<std::optional<BenchLayout>> layout_of(const std::string& word) {
  if (word.empty()) return std::optional<BenchLayout>();
  if (word == "channels-first") return std::optional(BenchLayout::ChannelsFirst);
  if (word == "channels-last") return std::optional(BenchLayout::ChannelsLast);
  return usage(fmt::format("--layout {} must be channels-first or channels-last", word));
}

Result<std::vector<BenchLayer>> layers_of_spec(const BenchOptions& options,
                                               const batch::ChainRequest& request, DType& dtype) {
  if (options.input_shape.empty()) {
    return usage("give the input's shape as --input-shape",
                 "tconv bench SPEC --input-shape 1,64,56,56");
  }
  std::vector<std::string> readers = {options.layer.spec};
  readers.insert(readers.end(), options.layer.weights.begin(), options.layer.weights.end());
  if (auto ok = check_standard_input(readers); !ok) return ok.error();
  const auto shape = parse_shape("--input-shape", options.input_shape);
  if (!shape) return shape.error();
  if (const auto count = io::element_count(*shape, DType::Float64); !count) return count.error();
  const auto chain = batch::read_chain(request);
  if (!chain) return chain.error();
  const auto shared = batch::chain_dtype(*chain, nullptr);
  if (!shared) return shared.error();
  dtype = *shared;
  const auto lowerings = batch::lower_chain(
      *chain, {.shape = *shape, .strides = io::c_strides(*shape), .name = "--input-shape"}, dtype,
      batch::Purpose::Describe);
  if (!lowerings) return lowerings.error();
  return bench_layers_of(*lowerings);
}

}  // namespace

void add_bench_options(CLI::App& command, BenchOptions& options) {
  const std::string what = "What to time";
  command.add_option("--input-shape", options.input_shape, "shape of the input, batch included")
      ->type_name("N,N,...")
      ->group(what);
  command.add_option("--layers", options.layers, "layers from a CSV file (samples/layers.csv)")
      ->type_name("FILE")
      ->group(what);
  command.add_option("--filter", options.filter, "only layers with this in their name")
      ->type_name("TEXT")
      ->group(what);
  command
      .add_option("--layout", options.layout,
                  "channels-first or channels-last x and y; as the SPEC has them")
      ->type_name("LAYOUT")
      ->group(what);
  add_layer_options(command, options.layer);
  add_plan_options(command, options.plan);
  const std::string how = "How to time";
  command
      .add_option("--mode", options.mode,
                  "packed: warm, weights packed before; unpacked: warm; cold: all fresh; or all")
      ->type_name("MODE")
      ->group(how);
  command
      .add_option("--min-time", options.min_time,
                  "seconds a layer and mode at least, and at least 15 runs")
      ->type_name("S")
      ->group(how);
  command.add_flag("--no-limits", options.no_limits, "do not measure what the machine can do")
      ->group(how);
  command.add_flag("--csv", options.csv, "print comma-separated lines");
}

Result<BenchRequest> meaning_of(const BenchOptions& options) {
  BenchRequest request;
  if (options.csv && options.layer.json) return usage("--csv and --json are two answers");
  if (options.layers.empty() == options.layer.spec.empty()) {
    return usage("give either a SPEC or --layers FILE", "tconv help bench");
  }
  if (!std::isfinite(options.min_time) || options.min_time < 0) {
    return usage(fmt::format("--min-time {} must be at least 0", options.min_time));
  }
  const auto modes = modes_of(options.mode);
  if (!modes) return modes.error();
  request.modes = *modes;
  const auto layout = layout_of(options.layout);
  if (!layout) return layout.error();
  const auto plan = plan_options(options.plan);
  if (!plan) return plan.error();
  request.plan = *plan;

  LayerOptions layer = options.layer;
  if (layer.spec.empty()) layer.spec = options.layers;  // for --dtype alone
  const auto chain = chain_request(layer);
  if (!chain) return chain.error();
  if (!options.layers.empty() &&
      !(chain->flags.empty() && chain->framework.empty() && chain->weights.empty() &&
        chain->biases.empty() && options.input_shape.empty())) {
    return usage("--layers says all about its layers: no flag of a layer goes with it");
  }
  request.dtype = chain->dtype.value_or(DType::Float32);
  auto layers = options.layers.empty() ? layers_of_spec(options, *chain, request.dtype)
                                       : read_bench_layers(options.layers, request.dtype);
  if (!layers) return layers.error();
  for (BenchLayer& each : *layers) {
    if (each.name.find(options.filter) == std::string::npos) continue;
    if (*layout) lay_out(each.problem, **layout);
    request.layers.push_back(std::move(each));
  }
  if (request.layers.empty()) {
    std::vector<std::string> names;
    for (const BenchLayer& each : *layers) names.push_back(each.name);
    return usage(names.empty() ? fmt::format("{} has no layers", options.layers)
                               : fmt::format("--filter {} is in no layer's name", options.filter),
                 names.empty() ? "" : fmt::format("there are {}", fmt::join(names, ", ")));
  }
  return request;
}

}  // namespace tconv::cli
