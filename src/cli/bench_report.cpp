#include "cli/bench_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tconv::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kMilli = 1e-3, kGiga = 1e9;

std::string per_cent(double value, double of) { return fmt::format("{:.0f}%", 100 * value / of); }

std::string workspace_text(std::int64_t bytes) {
  if (bytes < 10 * 1024) return fmt::format("{} B", bytes);
  if (bytes < 10 * 1024 * 1024) return fmt::format("{} KiB", bytes / 1024);
  return fmt::format("{} MiB", bytes / 1024 / 1024);
}

ordered_json share(double value, double MachineLimits::*limit, const BenchSetting& setting) {
  return setting.limits ? ordered_json(value / (*setting.limits).*limit) : ordered_json();
}

ordered_json row_json(const BenchSetting& setting, const Measurement& m) {
  const Timing& t = m.timing;
  return {{"layer", m.layer},
          {"mode", name(m.mode)},
          {"algorithm", m.algorithm},
          {"target", m.target},
          {"threads", m.threads},
          {"runs", t.runs},
          {"ms",
           {{"median", t.median / kMilli},
            {"min", t.min / kMilli},
            {"q1", t.quarter / kMilli},
            {"q3", t.three_quarters / kMilli},
            {"max", t.max / kMilli}}},
          {"gflop", 2 * double(m.cost.macs) / kGiga},
          {"gflops", m.flops() / kGiga},
          {"fma_share", share(m.flops(), &MachineLimits::flops, setting)},
          {"gbytes", m.bytes() / kGiga},
          {"memory_share", share(m.bytes(), &MachineLimits::bytes, setting)},
          {"packed_weight_bytes", m.packed_bytes},
          {"workspace_bytes_per_thread", m.workspace_bytes}};
}

}  // namespace

std::string bench_heading(const BenchSetting& setting) {
  std::string text;
  if (setting.limits) {
    text = fmt::format(
        "# {} thread{}, {}: {:.1f} GFLOP/s of {} multiply-adds, {:.1f} GB/s read from memory\n",
        setting.threads, setting.threads == 1 ? "" : "s", setting.limits->target,
        setting.limits->flops / kGiga, setting.dtype == DType::Float64 ? "float64" : "float32",
        setting.limits->bytes / kGiga);
  }
  return text + fmt::format("{:<{}}  {:<8} {:>10} {:>21} {:>9} {:>5} {:>6} {:>10}  {}\n", "layer",
                            setting.name_width, "mode", "ms", "q1..q3", "GFLOP/s", "peak", "memory",
                            "workspace", "algorithm");
}

std::string bench_row(const BenchSetting& setting, const Measurement& m) {
  const Timing& t = m.timing;
  return fmt::format("{:<{}}  {:<8} {:>10.4f} {:>21} {:>9.2f} {:>5} {:>6} {:>10}  {}\n", m.layer,
                     setting.name_width, name(m.mode), t.median / kMilli,
                     fmt::format("{:.4f}..{:.4f}", t.quarter / kMilli, t.three_quarters / kMilli),
                     m.flops() / kGiga,
                     setting.limits ? per_cent(m.flops(), setting.limits->flops) : "-",
                     setting.limits ? per_cent(m.bytes(), setting.limits->bytes) : "-",
                     workspace_text(m.workspace_bytes), m.algorithm);
}

std::string bench_csv_heading() {
  return "layer,mode,dtype,layout,threads,algorithm,target,runs,ms_median,ms_min,ms_q1,ms_q3,"
         "ms_max,gflop,gflops,fma_share,gbytes,memory_share,packed_weight_bytes,"
         "workspace_bytes_per_thread\n";
}

std::string bench_csv_row(const BenchSetting& setting, const Measurement& m) {
  const ordered_json row = row_json(setting, m);
  const auto number = [](const ordered_json& value) {
    return value.is_null() ? std::string() : fmt::format("{:.6g}", value.get<double>());
  };
  const ordered_json& ms = row["ms"];
  // A SPEC as a name may have commas in it, which the file has no way to quote.
  std::string layer = m.layer;
  std::replace(layer.begin(), layer.end(), ',', ';');
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", layer,
                     name(m.mode), name(setting.dtype), setting.layout, m.threads, m.algorithm,
                     m.target, m.timing.runs, number(ms["median"]), number(ms["min"]),
                     number(ms["q1"]), number(ms["q3"]), number(ms["max"]), number(row["gflop"]),
                     number(row["gflops"]), number(row["fma_share"]), number(row["gbytes"]),
                     number(row["memory_share"]), m.packed_bytes, m.workspace_bytes);
}

std::string bench_json(const BenchSetting& setting, const std::vector<Measurement>& measurements) {
  ordered_json machine;
  if (setting.limits) {
    machine = {{"target", setting.limits->target},
               {"fma_gflops", setting.limits->flops / kGiga},
               {"memory_gbytes", setting.limits->bytes / kGiga}};
  }
  ordered_json rows = ordered_json::array();
  for (const Measurement& m : measurements) rows.push_back(row_json(setting, m));
  const ordered_json object{
      {"schema", 1},
      {"command", "bench"},
      {"dtype", name(setting.dtype)},
      {"threads", setting.threads},
      {"layout", setting.layout.empty() ? ordered_json() : ordered_json(setting.layout)},
      {"machine", machine},
      {"measurements", rows}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace tconv::cli
