#include "cli/describe.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "frameworks/assemble.hpp"
#include "io/tensor.hpp"

namespace tconv::cli {
namespace {

using frameworks::Lowering;
using nlohmann::ordered_json;

using frameworks::first_axis;

std::string axis_name(const Problem& problem, std::size_t a) {
  return frameworks::axis_name(problem.rank, a - first_axis(problem));
}

// Lowering has computed these once already, so they cannot fail here.
Extents extents_of(const Problem& problem) { return *output_extents(problem); }
Cost cost(const Problem& problem) {
  const auto result = cost_of(problem);
  return result ? *result : Cost{};
}

// Where the sizes come from, with the numbers in: (8 - 1)*2 + 4 - 1 - 1 = 16.
std::string size_formula(const Problem& problem, const Axis& axis, std::int64_t output) {
  const std::int64_t kernel = (axis.kernel - 1) * axis.dilation + 1;
  if (problem.direction == Direction::Transposed) {
    const auto term = [](std::int64_t crop) {
      return fmt::format("{} {}", crop < 0 ? '+' : '-', crop < 0 ? -crop : crop);
    };
    return fmt::format("({} - 1)*{} + {} {} {} = {}", axis.input, axis.stride, kernel,
                       term(axis.begin), term(axis.end), output);
  }
  return fmt::format("({} + {} + {} - {})//{} + 1 = {}", axis.input, axis.begin, axis.end, kernel,
                     axis.stride, output);
}

std::string stage_text(const Problem& p) {
  const bool transposed = p.direction == Direction::Transposed;
  std::string text = fmt::format("  lowering    {}: {} -> {} channels", name(p.direction),
                                 p.in_channels, p.out_channels);
  if (p.groups > 1) text += fmt::format(", {} groups", p.groups);
  if (p.pad_mode != PadMode::Zeros) text += fmt::format(", pads {}", name(p.pad_mode));
  if (p.activation != Activation::Linear) text += fmt::format(", then {}", name(p.activation));
  text += '\n';
  const Extents y = extents_of(p);
  for (std::size_t a = first_axis(p); a < kMaxAxes; ++a) {
    const Axis& axis = p.axes[a];
    text +=
        fmt::format("  {:<10}  {} {}:{}   output {}\n", fmt::format("axis {}", axis_name(p, a)),
                    transposed ? "crop" : "pad", axis.begin, axis.end, size_formula(p, axis, y[a]));
  }
  const Cost c = cost(p);
  text += fmt::format("  cost        {} MACs, {} parameters, bytes: x {}, weights {}, y {}\n",
                      c.macs, c.parameters, c.x_bytes, c.w_bytes, c.y_bytes);
  return text;
}

ordered_json axis_json(const Problem& p, std::size_t a, std::int64_t output) {
  const Axis& axis = p.axes[a];
  const bool transposed = p.direction == Direction::Transposed;
  ordered_json object{{"axis", axis_name(p, a)},
                      {"input", axis.input},
                      {"kernel", axis.kernel},
                      {"stride", axis.stride},
                      {"dilation", axis.dilation}};
  object[transposed ? "crop_begin" : "pad_begin"] = axis.begin;
  object[transposed ? "crop_end" : "pad_end"] = axis.end;
  if (transposed) {
    if (const auto full = full_extent(axis)) object["full"] = *full;
  }
  object["output"] = output;
  return object;
}

ordered_json stage_json(const Lowering& lowering, std::size_t index) {
  const Problem& p = lowering.stages[index];
  const Extents y = extents_of(p);
  ordered_json axes = ordered_json::array();
  for (std::size_t a = first_axis(p); a < kMaxAxes; ++a) axes.push_back(axis_json(p, a, y[a]));
  const Cost c = cost(p);
  return {{"direction", name(p.direction)},
          {"batch", p.batch},
          {"in_channels", p.in_channels},
          {"out_channels", p.out_channels},
          {"groups", p.groups},
          {"pad_mode", name(p.pad_mode)},
          {"activation", name(p.activation)},
          {"bias", p.has_bias},
          {"weights_layout", lowering.w_layouts[index]},
          {"axes", axes},
          {"output_shape", lowering.stage_shapes[index]},
          {"macs", c.macs},
          {"parameters", c.parameters},
          {"bytes", {{"x", c.x_bytes}, {"weights", c.w_bytes}, {"y", c.y_bytes}}}};
}

}  // namespace

std::string describe_text(const std::vector<Lowering>& lowerings) {
  std::string text;
  for (const Lowering& lowering : lowerings) {
    text += lowering.layer + '\n';
    text += fmt::format("  input       {}\n", lowering.x_layout);
    for (std::size_t i = 0; i < lowering.stages.size(); ++i) {
      text += fmt::format("  weights     {}\n", lowering.w_layouts[i]);
      text += stage_text(lowering.stages[i]);
    }
    text += fmt::format("  output      {}\n", io::shape_text(lowering.y_shape));
  }
  return text;
}

std::string describe_json(const std::vector<Lowering>& lowerings) {
  ordered_json layers = ordered_json::array();
  for (const Lowering& lowering : lowerings) {
    ordered_json stages = ordered_json::array();
    for (std::size_t i = 0; i < lowering.stages.size(); ++i) {
      stages.push_back(stage_json(lowering, i));
    }
    layers.push_back({{"framework", lowering.framework},
                      {"layer", lowering.layer},
                      {"input_layout", lowering.x_layout},
                      {"stages", stages},
                      {"output_shape", lowering.y_shape}});
  }
  return layers.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tconv::cli
