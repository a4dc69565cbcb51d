#include "cli/bench_layers.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cli/bench_csv.hpp"

namespace tconv::cli {
namespace {

const std::vector<std::string_view> kColumns = {
    "name", "kind",     "dims",          "n", "ci", "co", "groups", "input", "kernel", "stride",
    "pad",  "dilation", "output_padding"};

// "56x56" or "7"; empty where it is something else.
std::vector<std::int64_t> numbers_of(std::string_view text) {
  std::vector<std::int64_t> numbers;
  const char* at = text.data();
  const char* const last = at + text.size();
  while (true) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(at, last, number);
    if (failure != std::errc() || number < 0) return {};
    numbers.push_back(number);
    if (end == last) return numbers;
    if (*end != 'x') return {};
    at = end + 1;
  }
}

// Reads the fields of one row; remembers the first one that is wrong.
class Row {
 public:
  Row(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}

  std::int64_t number(std::string_view column) {
    const auto numbers = numbers_of(table_.field(row_, column));
    if (numbers.size() == 1) return numbers[0];
    refuse(column, "must be a number of at least 0");
    return 0;
  }

  std::vector<std::int64_t> extents(std::string_view column, std::int64_t count) {
    auto numbers = numbers_of(table_.field(row_, column));
    if (numbers.size() == std::size_t(count)) return numbers;
    refuse(column, fmt::format("must be {} number{} of at least 0{}", count, count == 1 ? "" : "s",
                               count == 1 ? "" : ", joined by x"));
    return std::vector<std::int64_t>(std::size_t(count));
  }

  void refuse(std::string_view column, const std::string& what) {
    if (!error_) error_ = table_.error(row_, column, what);
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  const CsvTable& table_;
  std::size_t row_;
  std::optional<Error> error_{};
};

TensorStrides strides_of(BenchLayout layout, std::int64_t channels, const Extents& extents) {
  TensorStrides strides;
  const bool channels_last = layout == BenchLayout::ChannelsLast;
  std::int64_t step = channels_last ? channels : 1;
  for (std::size_t a = kMaxAxes; a-- > 0; step *= extents[a]) strides.axes[a] = step;
  strides.channel = channels_last ? 1 : step;
  strides.batch = channels_last ? step : step * channels;
  return strides;
}

// (out, in/groups, k...), and of a transposed layer (in, out/groups, k...).
WeightStrides pytorch_weights(const Problem& p) {
  const std::int64_t in = p.in_channels / p.groups, out = p.out_channels / p.groups;
  WeightStrides w;
  std::int64_t taps = 1;
  for (std::size_t a = kMaxAxes; a-- > 0; taps *= p.axes[a].kernel) w.axes[a] = taps;
  const bool forward = p.direction == Direction::Forward;
  w.group = in * out * taps;
  w.out = forward ? in * taps : taps;
  w.in = forward ? taps : out * taps;
  return w;
}

Result<Problem> problem_of(const CsvTable& table, std::size_t index, DType dtype) {
  Row row(table, index);
  const std::string& kind = table.field(index, "kind");
  if (kind != "forward" && kind != "transposed")
    row.refuse("kind", "must be forward or transposed");
  const std::int64_t rank = row.number("dims");
  if (rank < 1 || rank > kMaxAxes) row.refuse("dims", fmt::format("must be 1 to {}", kMaxAxes));
  if (row.error()) return *row.error();

  Problem p{.direction = kind == "forward" ? Direction::Forward : Direction::Transposed,
            .dtype = dtype,
            .rank = static_cast<int>(rank)};
  p.batch = row.number("n");
  p.in_channels = row.number("ci");
  p.out_channels = row.number("co");
  p.groups = row.number("groups");
  const auto input = row.extents("input", rank), kernel = row.extents("kernel", rank);
  const auto stride = row.extents("stride", rank), dilation = row.extents("dilation", rank);
  const auto pad = row.extents("pad", rank), extra = row.extents("output_padding", rank);
  if (row.error()) return *row.error();
  for (std::size_t i = 0; i < std::size_t(rank); ++i) {
    p.axes[std::size_t(kMaxAxes - rank) + i] = {.input = input[i],
                                                .kernel = kernel[i],
                                                .stride = stride[i],
                                                .dilation = dilation[i],
                                                .begin = pad[i],
                                                .end = pad[i] - extra[i]};
    if (kind == "forward" && extra[i] != 0)
      row.refuse("output_padding", "must be 0 in a forward layer");
  }
  if (row.error()) return *row.error();
  const auto extents = output_extents(p);
  if (!extents) return table.error(index, extents.error());
  p.w = pytorch_weights(p);
  lay_out(p, BenchLayout::ChannelsFirst);
  return p;
}

}  // namespace

Result<std::vector<BenchLayer>> read_bench_layers(const std::string& path, DType dtype) {
  const auto table = CsvTable::read(path, kColumns);
  if (!table) return table.error();
  std::vector<BenchLayer> layers;
  for (std::size_t row = 0; row < table->size(); ++row) {
    auto problem = problem_of(*table, row, dtype);
    if (!problem) return problem.error();
    layers.push_back({.name = table->field(row, "name"), .problem = *problem});
  }
  return layers;
}

std::vector<BenchLayer> bench_layers_of(const std::vector<frameworks::Lowering>& lowerings) {
  std::vector<BenchLayer> layers;
  for (const frameworks::Lowering& lowering : lowerings) {
    for (std::size_t i = 0; i < lowering.stages.size(); ++i) {
      std::string name = lowering.layer;
      if (lowering.stages.size() > 1) name += fmt::format(" stage {}", i);
      layers.push_back({.name = std::move(name), .problem = lowering.stages[i]});
    }
  }
  return layers;
}

void lay_out(Problem& problem, BenchLayout layout) {
  const auto y = output_extents(problem);
  if (!y) return;  // the caller has seen to it that there is one
  Extents x{};
  for (std::size_t a = 0; a < kMaxAxes; ++a) x[a] = problem.axes[a].input;
  problem.x = strides_of(layout, problem.in_channels, x);
  problem.y = strides_of(layout, problem.out_channels, *y);
}

}  // namespace tconv::cli
