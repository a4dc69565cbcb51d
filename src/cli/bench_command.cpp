// tconv bench: how fast a layer is here, beside what the machine can do at most.
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>

#include "cli/bench_options.hpp"
#include "cli/bench_report.hpp"
#include "cli/commands.hpp"
#include "support/parallel.hpp"

namespace tconv::cli {
namespace {

std::size_t widest_name(const std::vector<BenchLayer>& layers) {
  std::size_t width = 5;  // "layer"
  for (const BenchLayer& layer : layers) width = std::max(width, layer.name.size());
  return width;
}

BenchSetting setting_of(const BenchOptions& options, const BenchRequest& request) {
  BenchSetting setting{.dtype = request.dtype,
                       .threads = request.plan.threads,
                       .layout = options.layout,
                       .name_width = widest_name(request.layers)};
  if (setting.layout.empty() && !options.layers.empty()) setting.layout = "channels-first";
  if (setting.threads == 0) {
    setting.threads = support::machine_threads();
  }
  if (!options.no_limits) setting.limits = measure_limits(setting.dtype, setting.threads);
  return setting;
}

int bench(const BenchOptions& options) {
  const Voice voice = options.layer.voice();
  const auto request = meaning_of(options);
  if (!request) return report(request.error(), voice);
  const BenchSetting setting = setting_of(options, *request);
  const bool table = !voice.json && !options.csv;
  std::string heading;
  if (options.csv) heading = bench_csv_heading();
  if (table && !voice.quiet) heading = bench_heading(setting);
  if (const int failed = print(heading, voice); failed != 0) return failed;

  std::vector<Measurement> measurements;
  for (const BenchLayer& layer : request->layers) {
    for (const BenchMode mode : request->modes) {
      auto measured = measure(layer, mode, request->plan, options.min_time);
      if (!measured) {
        Error error = measured.error();
        error.where = layer.name;
        return report(error, voice);
      }
      // Row by row: a set of layers takes minutes.
      const std::string row = options.csv ? bench_csv_row(setting, *measured)
                              : table     ? bench_row(setting, *measured)
                                          : "";
      if (const int failed = print(row, voice); failed != 0) return failed;
      measurements.push_back(std::move(*measured));
    }
  }
  return voice.json ? print(bench_json(setting, measurements), voice) : 0;
}

constexpr const char* kBenchExamples = R"(Examples:
  tconv bench 'nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)' --input-shape 1,64,64,64
  tconv bench --layers samples/layers.csv --filter resnet --threads 1
  tconv bench --layers samples/layers.csv --mode all --csv > times.csv

peak is the share of the multiply-adds the machine can do, both measured at the start; padding counts
as the field counts it, so that skipping it may give over 100 %. memory is the share of the rate at
which it reads memory that x, w and y, each moved once, come to; what stays in a cache may give more.
)";

}  // namespace

Command add_bench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App& command =
      *app.add_subcommand("bench", "time, GFLOP/s, share of this machine's peak; no data");
  command.footer(kBenchExamples);
  add_bench_options(command, *options);
  return [options] { return bench(*options); };
}

}  // namespace tconv::cli
