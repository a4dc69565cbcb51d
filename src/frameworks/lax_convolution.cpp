// lax's own rules. conv_transpose is conv_general_dilated with lhs_dilation = strides; here it
// becomes a transposed problem, whose crops are (effective kernel - 1) minus lax's pads.
// Sources: jax jax/_src/lax/convolution.py (conv_general_dilated, conv_transpose,
// _conv_transpose_padding, _conv_general_dilated_shape_rule), jax/_src/lax/lax.py
// (padtype_to_pads).
#include "frameworks/lax_convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "frameworks/operands.hpp"

namespace tconv::frameworks::lax {
namespace {

using Pair = Arguments::Pair;

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool all_ones(const Sizes& sizes) {
  return std::all_of(sizes.begin(), sizes.end(), [](std::int64_t n) { return n == 1; });
}

std::int64_t reach(std::int64_t kernel, std::int64_t dilation) {
  return (kernel - 1) * dilation + 1;
}

class Builder {
 public:
  Builder(const Call& call, const Arguments& args) : c_(call), args_(args) {}

  Result<Lowered> build() {
    if (auto ok = check_groups(); !ok) return ok.error();
    for (const auto& [name, sizes] :
         {std::pair<std::string_view, const Sizes*>{"strides", &c_.strides},
          {"lhs_dilation", &c_.lhs_dilation},
          {"rhs_dilation", &c_.rhs_dilation}}) {
      for (const std::int64_t size : *sizes) {
        if (size < 1) {
          return args_.refusal(name, fmt::format("{} = {} must be at least 1", name, size));
        }
      }
    }
    auto pads = pads_of_axes();
    if (!pads) return pads.error();
    return assemble(*pads);
  }

 private:
  Error shape_error(std::string what) const {
    return Error{.code = ErrorCode::ShapeMismatch, .where = args_.where(), .what = std::move(what)};
  }

  // The kernel's channels: the letters O and I change places in a transposed kernel.
  std::int64_t rhs_out() const {
    return extent_of(c_.rhs, c_.transpose_kernel ? c_.rhs_axes.in : c_.rhs_axes.out);
  }
  std::int64_t rhs_in() const {
    return extent_of(c_.rhs, c_.transpose_kernel ? c_.rhs_axes.out : c_.rhs_axes.in);
  }

  Result<void> check_groups() const {
    const std::int64_t features = extent_of(c_.lhs, c_.lhs_axes.channel);
    const std::int64_t batch = batch_of(c_.lhs);
    const auto refuse = [&](std::string_view name, std::string what) {
      return args_.refusal(name, std::move(what));
    };
    for (const auto& [name, groups, of, count] :
         {std::tuple{"feature_group_count", c_.feature_groups, "features of the input", features},
          std::tuple{"batch_group_count", c_.batch_groups, "items of the batch", batch}}) {
      if (groups < 1) return refuse(name, fmt::format("{} = {} must be at least 1", name, groups));
      if (count % groups != 0) {
        return refuse(name, fmt::format("{} = {} does not divide {} {}", name, groups, count, of));
      }
      if (rhs_out() % groups != 0) {
        return refuse(name, fmt::format("{} = {} does not divide {} output features", name, groups,
                                        rhs_out()));
      }
    }
    if (c_.feature_groups > 1 && c_.batch_groups > 1) {
      return refuse("batch_group_count",
                    fmt::format("feature_group_count = {} and batch_group_count = {}: at most one "
                                "may exceed 1",
                                c_.feature_groups, c_.batch_groups));
    }
    if (features / c_.feature_groups != rhs_in()) {
      return weight_error({.operand = c_.rhs, .axes = c_.rhs_axes, .layout = c_.rhs_layout},
                          fmt::format("expect {} input channels, {} has {}",
                                      rhs_in() * c_.feature_groups, c_.lhs.name, features));
    }
    return {};
  }

  std::int64_t batch_of(const Operand& x) const {
    std::int64_t batch = 1;
    for (const std::size_t axis : c_.lhs_axes.batch) batch *= x.shape[axis];
    return batch;
  }

  // The pads of conv_general_dilated, whichever function was called.
  Result<std::vector<Pair>> pads_of_axes() const {
    const std::string& word = c_.padding.word;
    const bool own_words = word == "SAME" || word == "VALID";
    // Consistent padding is looked at axis by axis: without any, no word is wrong.
    if (c_.transposed && c_.use_consistent_padding && c_.strides.empty())
      return std::vector<Pair>{};
    const bool through_transposed = c_.transposed && (own_words || c_.use_consistent_padding);
    if (c_.transposed && c_.use_consistent_padding && !word.empty() && !own_words) {
      return args_.refusal("padding",
                           fmt::format("padding = '{}' must be 'SAME' or 'VALID'", word));
    }
    const Sizes& spread = c_.transposed ? c_.strides : c_.lhs_dilation;
    if (!word.empty() && !through_transposed && !all_ones(spread)) {
      return args_.refusal(
          "padding",
          fmt::format("padding = '{}' needs {} of 1, got {}", word,
                      c_.transposed ? "strides" : "lhs_dilation", sizes_text(spread)),
          c_.transposed ? "'SAME' and 'VALID', in capitals, go with strides"
                        : "give pairs, or use lax.conv_transpose");
    }
    const std::string upper = upper_case(word);
    if (!word.empty() && upper != "SAME" && upper != "VALID" && upper != "SAME_LOWER") {
      return args_.refusal(
          "padding", fmt::format("padding = '{}' must be 'SAME', 'SAME_LOWER' or 'VALID'", word));
    }
    std::vector<Pair> pads;
    for (std::size_t i = 0; i < c_.strides.size(); ++i) {
      const std::int64_t kernel = reach(c_.rhs.shape[c_.rhs_axes.spatial[i]], c_.rhs_dilation[i]);
      const Pair pair = word.empty() ? c_.padding.pairs[i] : Pair{};
      if (through_transposed) {
        pads.push_back(transposed_pads(word, pair, kernel, c_.strides[i]));
      } else if (word.empty()) {
        pads.push_back(pair);
      } else {
        pads.push_back(forward_pads(upper, c_.lhs.shape[c_.lhs_axes.spatial[i]], kernel,
                                    c_.transposed ? 1 : c_.strides[i]));
      }
    }
    return pads;
  }

  Result<Lowered> assemble(const std::vector<Pair>& pads) {
    Problem problem{.dtype = c_.dtype,
                    .rank = static_cast<int>(c_.strides.size()),
                    .groups = c_.feature_groups,
                    .pad_mode = c_.pad_mode};
    place_x(problem, c_.lhs, c_.lhs_axes);
    // An empty axis has nothing to scatter, and yet pads may leave an output of zeros.
    const bool empty = std::any_of(problem.axes.begin(), problem.axes.end(),
                                   [](const Axis& axis) { return axis.input == 0; });
    const bool scatter = c_.transposed && !empty;
    problem.direction = scatter ? Direction::Transposed : Direction::Forward;
    problem.flip_kernel = scatter != c_.transpose_kernel;  // a gather reads a kernel backwards
    WeightAxes axes = c_.rhs_axes;
    if (c_.transpose_kernel) std::swap(axes.in, axes.out);
    if (c_.batch_groups > 1) spread_groups_over_batch(problem);
    place_w(problem, c_.rhs, axes);

    const std::size_t first = static_cast<std::size_t>(kMaxAxes - problem.rank);
    for (std::size_t i = 0; i < pads.size(); ++i) {
      Axis& axis = problem.axes[first + i];
      axis.dilation = c_.rhs_dilation[i];
      const std::int64_t last = reach(axis.kernel, axis.dilation) - 1;
      axis.stride = c_.transposed && !scatter ? 1 : c_.strides[i];
      axis.input_dilation = scatter ? 1 : c_.transposed ? c_.strides[i] : c_.lhs_dilation[i];
      axis.begin = scatter ? last - pads[i].low : pads[i].low;
      axis.end = scatter ? last - pads[i].high : pads[i].high;
      const std::int64_t dilated =
          axis.input == 0
              ? 0
              : (axis.input - 1) * (c_.transposed ? c_.strides[i] : axis.input_dilation) + 1;
      if (dilated + pads[i].low + pads[i].high < 0) {
        return shape_error(fmt::format("padding ({}, {}) cuts more than the {} elements there are",
                                       pads[i].low, pads[i].high, dilated));
      }
    }
    const auto extents = output_extents(problem);
    if (!extents) return shape_error(extents.error().what);
    Shape batch;
    for (const std::size_t axis : c_.lhs_axes.batch) batch.push_back(c_.lhs.shape[axis]);
    batch.resize(c_.out_axes.batch.size(), 1);
    if (c_.batch_groups > 1) batch[0] = problem.batch;
    const Shape y_shape = place_y(problem, c_.out_axes, batch, *extents);
    return Lowered{.problem = problem, .y_shape = y_shape};
  }

  // Output channel o reads block o // (O/B) of the batch: groups whose input channels are the same
  // ones, of other batch items.
  void spread_groups_over_batch(Problem& problem) const {
    const std::int64_t B = c_.batch_groups;
    problem.batch /= B;
    problem.groups = B;
    problem.x.group = problem.batch * problem.x.batch - problem.in_channels * problem.x.channel;
    problem.in_channels *= B;
  }

  const Call& c_;
  const Arguments& args_;
};

}  // namespace

Pair forward_pads(std::string_view word, std::int64_t input, std::int64_t kernel,
                  std::int64_t stride) {
  if (word == "VALID") return {};
  const std::int64_t outputs = (input + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>(0, (outputs - 1) * stride + kernel - input);
  const std::int64_t small = total / 2;
  return word == "SAME" ? Pair{small, total - small} : Pair{total - small, small};
}

Pair transposed_pads(std::string_view word, const Pair& pair, std::int64_t kernel,
                     std::int64_t stride) {
  if (word == "SAME") {
    const std::int64_t total = kernel + stride - 2;
    const std::int64_t low = stride > kernel - 1 ? kernel - 1 : (total + 1) / 2;
    return {low, total - low};
  }
  if (word == "VALID") {
    return {kernel - 1, stride - 1 + std::max<std::int64_t>(kernel - stride, 0)};
  }
  return {kernel - 1 - pair.low, kernel - 1 - pair.high};
}

Result<Lowered> lower(const Call& call, const Arguments& args) {
  return Builder(call, args).build();
}

}  // namespace tconv::frameworks::lax
