#include "cli/port_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "frameworks/forms.hpp"

namespace tconv::cli {
namespace {

using frameworks::PortedLayer;
using nlohmann::ordered_json;

// On one line, whatever the user's text holds: what comes after a line's end would be code.
std::string comment(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return "# " + text + '\n';
}

bool is_identity(const std::vector<std::size_t>& order) {
  return std::is_sorted(order.begin(), order.end());
}

std::string layer_comments(const PortedLayer& layer, const batch::PortedTensors& tensors,
                           std::string_view target) {
  std::string verdict(name(layer.verdict));
  if (layer.verdict == frameworks::Verdict::ExactWith)
    verdict += fmt::format(" {}", fmt::join(layer.with, ", "));
  std::string text = comment(fmt::format("{}: {} in {}", verdict, layer.from, target));
  if (layer.verdict == frameworks::Verdict::Impossible) return text + comment("  " + layer.rule);
  if (!is_identity(layer.x_order) || !is_identity(layer.y_order)) {
    text += comment(fmt::format("  x is {} here: x.transpose({}), and y.transpose({}) is y there",
                                layer.x_layout, fmt::join(layer.x_order, ", "),
                                fmt::join(layer.y_order, ", ")));
  }
  for (const frameworks::WeightConversion& conversion : tensors.conversions) {
    text += comment(fmt::format(
        "  weights {} to {}: {}", fmt::format("({})", fmt::join(conversion.source, ", ")),
        fmt::format("({})", fmt::join(conversion.shape, ", ")), conversion.expression));
  }
  for (const std::string& note : layer.notes) text += comment("  note: " + note);
  return text;
}

ordered_json steps_json(const frameworks::PortedStage& stage) {
  ordered_json pads = ordered_json::array(), slices = ordered_json::array();
  for (const auto& pad : stage.steps.pads) pads.push_back({pad.begin, pad.end});
  for (const auto& slice : stage.steps.slices) {
    slices.push_back({{"begin", slice.begin}, {"end", slice.end}, {"step", slice.step}});
  }
  return {{"pads", pads},
          {"pad_mode", name(stage.steps.pad_mode)},
          {"slices", slices},
          {"layers", stage.branches},
          {"adds_bias", stage.adds_bias},
          {"activation", name(stage.activation)}};
}

ordered_json layer_json(const PortedLayer& layer, const batch::PortedTensors& tensors) {
  ordered_json object{{"verdict", name(layer.verdict)}, {"from", layer.from}};
  if (layer.verdict == frameworks::Verdict::Impossible) {
    object["rule"] = layer.rule;
    return object;
  }
  ordered_json stages = ordered_json::array();
  for (std::size_t s = 0; s < layer.stages.size(); ++s) {
    const frameworks::WeightConversion& conversion = tensors.conversions[s];
    stages.push_back({{"layer", frameworks::call_text(layer.stages[s].layer)},
                      {"steps", steps_json(layer.stages[s])},
                      {"weights",
                       {{"from", conversion.source},
                        {"to", conversion.shape},
                        {"expression", conversion.expression}}}});
  }
  object["with"] = layer.with;
  object["stages"] = stages;
  object["any_input_length"] = layer.any_size;
  object["least_input_lengths"] = layer.least_lengths;
  object["x_transpose"] = layer.x_order;
  object["y_transpose"] = layer.y_order;
  object["notes"] = layer.notes;
  return object;
}

}  // namespace

std::string port_text(const PortReport& report) {
  std::string text;
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    text += layer_comments(report.layers[i], report.tensors[i], report.target);
  }
  for (const std::string& output : report.outputs) text += comment("  wrote " + output);
  if (report.verification) {
    text += comment(fmt::format("{}: largest difference {:.3g} on random x {}",
                                report.verification->equal ? "verified" : "DIFFERENT",
                                report.verification->largest_difference,
                                io::shape_text(report.verification->x)));
  }
  return text + report.code;
}

std::string port_json(const PortReport& report) {
  ordered_json layers = ordered_json::array();
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    layers.push_back(layer_json(report.layers[i], report.tensors[i]));
  }
  ordered_json object{{"schema", 1},
                      {"command", "port"},
                      {"to", report.target},
                      {"verdict", name(report.verdict)},
                      {"layers", layers}};
  object["code"] = report.code.empty() ? ordered_json() : ordered_json(report.code);
  object["outputs"] = report.outputs;
  if (report.verification) {
    object["verify"] = {{"equal", report.verification->equal},
                        {"largest_difference", report.verification->largest_difference},
                        {"input_shape", report.verification->x}};
  }
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace tconv::cli
