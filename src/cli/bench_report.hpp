// Measurements as a table, as CSV and as JSON.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/bench_machine.hpp"
#include "cli/bench_measure.hpp"

namespace tconv::cli {

struct BenchSetting {
  DType dtype = DType::Float32;
  int threads = 1;
  std::string layout{};                   // empty: that of the SPEC
  std::optional<MachineLimits> limits{};  // absent where they were not measured
  std::size_t name_width = 0;             // of the table's first column
};

std::string bench_heading(const BenchSetting& setting);
std::string bench_row(const BenchSetting& setting, const Measurement& measurement);

std::string bench_csv_heading();
std::string bench_csv_row(const BenchSetting& setting, const Measurement& measurement);

std::string bench_json(const BenchSetting& setting, const std::vector<Measurement>& measurements);

}  // namespace tconv::cli
