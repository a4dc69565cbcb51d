// The layers tconv bench times: a line of a CSV file each, or the stages of a SPEC.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch/chain.hpp"
#include "tconv/problem.hpp"

namespace tconv::cli {

struct BenchLayer {
  std::string name{};
  Problem problem{};
};

enum class BenchLayout { ChannelsFirst, ChannelsLast };

// Reads a file whose first line names its columns: name, kind (forward or transposed), dims, n, ci,
// co, groups, input, kernel, stride, pad, dilation, output_padding; others are left alone. Extents
// are joined by x, pads are the same at both ends. Weights lie as PyTorch has them. Fails with
// Input, naming line and column, and with ShapeMismatch where a layer has no output.
Result<std::vector<BenchLayer>> read_bench_layers(const std::string& path, DType dtype);

// The stages of each lowered layer.
std::vector<BenchLayer> bench_layers_of(const std::vector<frameworks::Lowering>& lowerings);

// Lays x and y of a valid problem out densely in that order.
void lay_out(Problem& problem, BenchLayout layout);

}  // namespace tconv::cli
