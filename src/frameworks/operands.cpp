#include "frameworks/operands.hpp"

#include <fmt/format.h>

namespace tconv::frameworks {

Result<WeightReading> read_weights(const Operand& w, const WeightAxes& axes, int rank,
                                   std::string layout) {
  const auto spatial = static_cast<std::size_t>(rank);
  WeightReading reading{.operand = w, .axes = axes, .layout = std::move(layout)};
  if (w.shape.size() == spatial + 2) return reading;
  if (w.shape.size() == spatial) {
    reading.axes = WeightAxes{.spatial = consecutive(0, rank)};
    return reading;
  }
  return weight_error(
      reading, fmt::format("need {} axes, or {} for one input and one output channel, got {}",
                           spatial + 2, spatial, w.shape.size()));
}

Result<void> check_agrees(const WeightReading& w, std::string_view argument,
                          std::optional<std::int64_t> said, std::int64_t found) {
  if (!said || *said == found) return {};
  return weight_error(w, fmt::format("have {} = {}, the layer says {}", argument, found, *said));
}

Result<void> check_kernel_agrees(const WeightReading& w, const std::optional<Sizes>& said,
                                 const Sizes& found) {
  if (!said || *said == found) return {};
  return weight_error(w, fmt::format("have kernel_size {}, the layer says {}", sizes_text(found),
                                     sizes_text(*said)));
}

Error weight_error(const WeightReading& w, std::string what, std::string hint) {
  return Error{
      .code = ErrorCode::ShapeMismatch,
      .where = w.operand.name,
      .what = fmt::format("weights {} read as {} {}", sizes_text(w.operand.shape), w.layout, what),
      .hint = std::move(hint)};
}

Result<void> check_bias(const Operand& bias, std::int64_t out_channels) {
  if (bias.shape == Shape{out_channels}) return {};
  if (bias.shape.empty() && out_channels == 1) return {};
  return Error{.code = ErrorCode::ShapeMismatch,
               .where = bias.name,
               .what = fmt::format("bias {} must have shape ({},), one value per output channel",
                                   sizes_text(bias.shape), out_channels)};
}

}  // namespace tconv::frameworks
