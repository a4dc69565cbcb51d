#include "frameworks/port_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frameworks/flax.hpp"
#include "frameworks/jax.hpp"
#include "frameworks/keras.hpp"
#include "frameworks/onnx.hpp"
#include "frameworks/port_idiom.hpp"

namespace tconv::frameworks {
namespace {

const Idiom& idiom_of(const Framework& target) {
  if (&target == &kKeras) return keras_idiom();
  if (&target == &kJax) return jax_idiom();
  if (&target == &kFlax) return flax_idiom();
  return pytorch_idiom();
}

// What takes the y of one ported layer to the x of the next, both the target's own.
std::vector<std::size_t> order_between(const PortedLayer& before, const PortedLayer& next) {
  std::vector<std::size_t> order;
  for (const std::size_t axis : next.x_order) order.push_back(before.y_order[axis]);
  return order;
}

bool is_plain(const PortedStage& stage) {
  return stage.steps.pads.empty() && stage.steps.slices.empty() && stage.split == Split::None &&
         !stage.adds_bias && stage.activation == Activation::Linear &&
         stage.last_axis == LastAxisActivation::None;
}

bool cuts(const PadStep& pad) { return pad.begin < 0 || pad.end < 0; }

std::string body_of(const Idiom& idiom, const CodeStage& code) {
  const PortedStage& stage = *code.stage;
  std::string text;
  const auto line = [&](const std::string& expression) {
    text += fmt::format("    x = {}\n", expression);
  };
  if (!stage.steps.pads.empty()) {
    std::vector<SliceStep> slices;
    Steps added = stage.steps;
    bool pads = false;
    for (PadStep& pad : added.pads) {
      slices.push_back(
          {std::max<std::int64_t>(0, -pad.begin), std::max<std::int64_t>(0, -pad.end)});
      pad = {std::max<std::int64_t>(0, pad.begin), std::max<std::int64_t>(0, pad.end)};
      pads = pads || pad.begin > 0 || pad.end > 0;
    }
    if (pads) line(idiom.pad(added, stage.pads_by_index));
    if (std::any_of(stage.steps.pads.begin(), stage.steps.pads.end(), cuts)) {
      line(slice_text(slices, idiom.order()));
    }
  }
  line(idiom.call(code));
  if (!stage.steps.slices.empty()) line(slice_text(stage.steps.slices, idiom.order()));
  if (stage.adds_bias) line(fmt::format("x + b{}", code.suffix));
  if (stage.activation != Activation::Linear) line(idiom.activation(stage.activation));
  if (stage.last_axis != LastAxisActivation::None) {
    line(idiom.activation(stage.last_axis, stage.activated_axis));
  }
  return text;
}

}  // namespace

std::string slice_text(const std::vector<SliceStep>& slices, ChannelOrder order) {
  std::vector<std::string> items(order == ChannelOrder::First ? 2 : 1, ":");
  for (const SliceStep& slice : slices) {
    std::string item = (slice.begin > 0 ? fmt::format("{}", slice.begin) : "") + ":";
    if (slice.end > 0) item += fmt::format("{}", -slice.end);
    if (slice.step > 1) item += fmt::format(":{}", slice.step);
    items.push_back(std::move(item));
  }
  while (items.size() > 1 && items.back() == ":") items.pop_back();
  return fmt::format("x[{}]", fmt::join(items, ", "));
}

std::string load_text(const std::string& file) {
  std::string quoted = "\"";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += byte < 0x20 ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return fmt::format("numpy.load({}\")", quoted);
}

std::string index_text(const PadStep& pad, PadMode mode, std::size_t axis) {
  const std::string_view word = mode == PadMode::Circular    ? "wrap"
                                : mode == PadMode::Replicate ? "edge"
                                                             : "reflect";
  return fmt::format("numpy.pad(numpy.arange(x.shape[{}]), ({}, {}), mode=\"{}\")", axis, pad.begin,
                     pad.end, word);
}

std::string pad_widths(const Steps& steps, ChannelOrder order) {
  std::vector<std::string> items(order == ChannelOrder::First ? 2 : 1, "(0, 0)");
  for (const PadStep& pad : steps.pads)
    items.push_back(fmt::format("({}, {})", pad.begin, pad.end));
  if (order == ChannelOrder::Last) items.emplace_back("(0, 0)");
  return fmt::format("({})", fmt::join(items, ", "));
}

std::string port_code(const Framework& target, std::span<const CodeLayer> layers) {
  std::vector<CodeStage> stages;
  std::vector<std::vector<std::size_t>> orders;  // before each stage; mostly empty
  std::size_t count = 0;
  for (const CodeLayer& code : layers) count += code.layer->stages.size();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const CodeLayer& code = layers[l];
    for (std::size_t s = 0; s < code.layer->stages.size(); ++s) {
      const bool last = s + 1 == code.layer->stages.size();
      orders.emplace_back();
      if (l > 0 && s == 0) orders.back() = order_between(*layers[l - 1].layer, *code.layer);
      if (std::is_sorted(orders.back().begin(), orders.back().end())) orders.back().clear();
      stages.push_back({.stage = &code.layer->stages[s],
                        .suffix = count > 1 ? fmt::format("{}", stages.size()) : "",
                        .weight_file = s < code.weight_files.size() ? code.weight_files[s] : "",
                        .bias_file = last ? code.bias_file : ""});
    }
  }
  if (&target == &kOnnx) return onnx_code(stages, orders);
  const Idiom& idiom = idiom_of(target);
  std::string text = idiom.imports(stages) + '\n';
  for (const CodeStage& stage : stages) text += idiom.setup(stage);
  if (stages.size() == 1 && idiom.is_callable() && is_plain(*stages[0].stage)) return text;
  text += fmt::format("\ndef ported(x):  # {}\n", layers[0].layer->x_layout);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (!orders[i].empty()) text += fmt::format("    x = {}\n", idiom.permute(orders[i]));
    text += body_of(idiom, stages[i]);
  }
  return text + "    return x\n";
}

}  // namespace tconv::frameworks
