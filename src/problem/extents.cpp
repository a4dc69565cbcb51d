// Extent arithmetic of a problem, checked for overflow: what y's extents are, and what it all
// costs.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <tuple>
#include <utility>

#include "support/checked.hpp"
#include "tconv/problem.hpp"

namespace tconv {
namespace {

using support::checked_add;
using support::checked_multiply;

Error shape_error(std::string what) {
  return Error{.code = ErrorCode::ShapeMismatch, .what = std::move(what)};
}

Error overflow(std::string_view of) {
  return shape_error(fmt::format("{} does not fit in 63 bits", of));
}

// The product of the factors and of all the extents; nullopt where it overflows.
std::optional<std::int64_t> product(std::initializer_list<std::int64_t> factors,
                                    const Extents& extents) {
  std::optional<std::int64_t> result = 1;
  bool empty = false;
  const auto multiply = [&](std::int64_t factor) {
    empty = empty || factor == 0;
    if (result) result = checked_multiply(*result, factor);
  };
  std::for_each(factors.begin(), factors.end(), multiply);
  std::for_each(extents.begin(), extents.end(), multiply);
  return empty ? 0 : result;
}

Extents of_axes(const Problem& problem, std::int64_t Axis::*extent) {
  Extents extents{};
  for (std::size_t a = 0; a < kMaxAxes; ++a) extents[a] = problem.axes[a].*extent;
  return extents;
}

Result<void> check_least(std::string_view what, std::int64_t value, std::int64_t least) {
  if (value >= least) return {};
  return shape_error(fmt::format("{} must be at least {}, got {}", what, least, value));
}

Result<void> check_axis(const Axis& axis) {
  for (auto [what, value, least] : {std::tuple{"input extent", axis.input, std::int64_t{0}},
                                    {"kernel extent", axis.kernel, 1},
                                    {"stride", axis.stride, 1},
                                    {"dilation", axis.dilation, 1},
                                    {"input dilation", axis.input_dilation, 1}}) {
    if (auto checked = check_least(what, value, least); !checked) return checked.error();
  }
  return {};
}

Result<void> check_rank(const Problem& problem) {
  if (problem.rank < 0 || problem.rank > kMaxAxes) {
    return shape_error(
        fmt::format("the spatial axes must be 0 to {}, got {}", kMaxAxes, problem.rank));
  }
  const auto* const first = problem.axes.end() - problem.rank;
  if (std::all_of(problem.axes.begin(), first, [](const Axis& a) { return a == Axis{}; }))
    return {};
  return shape_error(fmt::format("an axis before the last {} is set", problem.rank));
}

Result<void> check_channels(const Problem& problem) {
  for (auto [what, value, least] : {std::tuple{"batch", problem.batch, std::int64_t{0}},
                                    {"groups", problem.groups, 1},
                                    {"input channels", problem.in_channels, 0},
                                    {"output channels", problem.out_channels, 0}}) {
    if (auto checked = check_least(what, value, least); !checked) return checked.error();
  }
  for (auto [what, channels] : {std::pair{"input channels", problem.in_channels},
                                {"output channels", problem.out_channels}}) {
    if (channels % problem.groups != 0) {
      return shape_error(
          fmt::format("groups {} does not divide {} {}", problem.groups, channels, what));
    }
  }
  return {};
}

// Extent of the input with zeros between its neighbours, and of that with its pads.
std::optional<std::int64_t> padded_extent(const Axis& axis) {
  std::optional<std::int64_t> extent = 0;
  if (axis.input > 0) extent = checked_multiply(axis.input - 1, axis.input_dilation);
  if (extent && axis.input > 0) extent = checked_add(*extent, 1);
  if (extent) extent = checked_add(*extent, axis.begin);
  if (extent) extent = checked_add(*extent, axis.end);
  return extent;
}

Result<std::int64_t> forward_extent(const Axis& axis) {
  const auto kernel = effective_kernel(axis);
  if (!kernel) return kernel.error();
  const auto padded = padded_extent(axis);
  if (!padded) return overflow("the padded input extent");
  return *padded < *kernel ? 0 : (*padded - *kernel) / axis.stride + 1;
}

Result<std::int64_t> transposed_extent(const Axis& axis) {
  const auto full = full_extent(axis);
  if (!full) return full.error();
  auto extent = checked_add(*full, -axis.begin);
  if (extent) extent = checked_add(*extent, -axis.end);
  if (!extent) return overflow("the output extent");
  return std::max<std::int64_t>(*extent, 0);
}

}  // namespace

Result<std::int64_t> effective_kernel(const Axis& axis) {
  auto extent = checked_multiply(axis.kernel - 1, axis.dilation);
  if (extent) extent = checked_add(*extent, 1);
  if (!extent) return overflow("the dilated kernel extent");
  return *extent;
}

Result<std::int64_t> full_extent(const Axis& axis) {
  const auto kernel = effective_kernel(axis);
  if (!kernel) return kernel.error();
  if (axis.input == 0) return std::int64_t{0};
  auto extent = checked_multiply(axis.input - 1, axis.stride);
  if (extent) extent = checked_add(*extent, *kernel);
  if (!extent) return overflow("the full output extent");
  return *extent;
}

Result<std::int64_t> output_extent(Direction direction, const Axis& axis) {
  return direction == Direction::Forward ? forward_extent(axis) : transposed_extent(axis);
}

Result<Extents> output_extents(const Problem& problem) {
  if (auto checked = check_rank(problem); !checked) return checked.error();
  if (auto checked = check_channels(problem); !checked) return checked.error();
  Extents extents{};
  for (std::size_t a = 0; a < kMaxAxes; ++a) {
    const Axis& axis = problem.axes[a];
    if (auto checked = check_axis(axis); !checked) return checked.error();
    const auto extent = output_extent(problem.direction, axis);
    if (!extent) return extent.error();
    extents[a] = *extent;
    const bool borrows =
        problem.pad_mode != PadMode::Zeros && problem.pad_mode != PadMode::Constant;
    if (borrows && axis.input == 0 && *extent > 0) {
      return shape_error(fmt::format("pad mode {} has no input to take from: input extent 0",
                                     name(problem.pad_mode)));
    }
  }
  const std::int64_t element = size_bytes(problem.dtype);
  for (auto [what, bytes] :
       {std::pair{"the size of y",
                  product({problem.batch, problem.out_channels, element}, extents)},
        {"the size of x",
         product({problem.batch, problem.in_channels, element}, of_axes(problem, &Axis::input))},
        {"the size of the weights",
         product({problem.in_channels / problem.groups, problem.out_channels, element},
                 of_axes(problem, &Axis::kernel))}}) {
    if (!bytes) return overflow(what);
  }
  return extents;
}

Result<std::int64_t> activated_length(LastAxisActivation activation, std::int64_t length) {
  if (activation != LastAxisActivation::Glu) return length;
  if (length % 2 == 0) return length / 2;
  return Error{.code = ErrorCode::ShapeMismatch,
               .what = fmt::format("glu needs an even last axis, got {}", length)};
}

Result<Cost> cost_of(const Problem& problem) {
  const auto extents = output_extents(problem);  // bounds every product below but macs
  if (!extents) return extents.error();
  const bool forward = problem.direction == Direction::Forward;
  const std::int64_t element = size_bytes(problem.dtype);
  const Extents inputs = of_axes(problem, &Axis::input);
  const auto y = product({problem.batch, problem.out_channels}, *extents);
  const auto x = product({problem.batch, problem.in_channels}, inputs);
  const auto weights = product({problem.in_channels / problem.groups, problem.out_channels},
                               of_axes(problem, &Axis::kernel));
  const auto macs = product({problem.batch, *weights}, forward ? *extents : inputs);
  if (!macs) return overflow("the number of multiply-accumulates");
  return Cost{.macs = *macs,
              .parameters = *weights + (problem.has_bias ? problem.out_channels : 0),
              .x_bytes = *x * element,
              .w_bytes = *weights * element,
              .y_bytes = *y * element};
}

}  // namespace tconv
