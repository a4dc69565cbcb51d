// lax's dimension_numbers: which axis of each tensor plays which part.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "frameworks/arguments.hpp"

namespace tconv::frameworks::lax {

// Axis indices, as in lax.ConvDimensionNumbers: (batch, feature, spatial...) of the input and the
// output, (out feature, in feature, spatial...) of the kernel.
struct DimensionNumbers {
  std::vector<std::size_t> lhs{}, rhs{}, out{};
};

enum class DefaultLayout { ChannelsFirst, ChannelsLast };

// conv_transpose knows its layout, channels last, up to here; the rule that breaks beyond.
inline constexpr int kMostDefaultAxes = 3;
std::string no_default_layout(int rank);

// Reads argument `name` for tensors of rank + 2 axes: letters such as ('NHWC', 'HWIO', 'NHWC'), a
// printed ConvDimensionNumbers, or None for the default. The spatial axes are in the order of the
// kernel's letters. Look at args.error() afterwards.
DimensionNumbers read_dimension_numbers(Arguments& args, std::string_view name, int rank,
                                        DefaultLayout otherwise);

// "(H, W, I, O)" of the kernel.
std::string kernel_letters(const DimensionNumbers& numbers);

}  // namespace tconv::frameworks::lax
