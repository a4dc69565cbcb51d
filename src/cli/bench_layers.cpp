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

// Strides of a dense tensor of those extents, in that order.
template <std::size_t Count>
std::array<std::int64_t, Count> dense(const std::array<std::int64_t, Count>& extents) {
  std::array<std::int64_t, Count> strides{};
  std::int64_t stride = 1;
  for (std::size_t i = Count; i-- > 0; stride *= extents[i]) strides[i] = stride;
  return strides;
}

TensorStrides strides_of(BenchLayout layout, std::int64_t batch, std::int64_t channels,
                         const Extents& e) {
  if (layout == BenchLayout::ChannelsLast) {
    const auto s = dense<5>({batch, e[0], e[1], e[2], channels});
    return {.batch = s[0], .channel = s[4], .axes = {s[1], s[2], s[3]}};
  }
  const auto s = dense<5>({batch, channels, e[0], e[1], e[2]});
  return {.batch = s[0], .channel = s[1], .axes = {s[2], s[3], s[4]}};
}

// (out, in/groups, k...), and of a transposed layer (in, out/groups, k...).
WeightStrides pytorch_weights(const Problem& p) {
  const std::int64_t in = p.in_channels / p.groups, out = p.out_channels / p.groups;
  const std::int64_t taps = p.axes[0].kernel * p.axes[1].kernel * p.axes[2].kernel;
  WeightStrides w{.group = in * out * taps,
                  .axes = {p.axes[1].kernel * p.axes[2].kernel, p.axes[2].kernel, 1}};
  const bool forward = p.direction == Direction::Forward;
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
  problem.x = strides_of(layout, problem.batch, problem.in_channels, x);
  problem.y = strides_of(layout, problem.batch, problem.out_channels, *y);
}

}  // namespace tconv::cli
