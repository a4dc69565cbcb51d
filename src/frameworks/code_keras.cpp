// Ported layers as Keras code, for any backend.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frameworks/forms.hpp"
#include "frameworks/port_idiom.hpp"

namespace tconv::frameworks {
namespace {

bool is_by_index(PadMode mode) { return mode == PadMode::Circular || mode == PadMode::Replicate; }

class KerasIdiom : public Idiom {
 public:
  ChannelOrder order() const override { return ChannelOrder::Last; }
  bool is_callable() const override { return true; }

  std::string imports(const std::vector<CodeStage>& stages) const override {
    bool numpy = false;
    for (const CodeStage& s : stages) {
      numpy |= !s.weight_file.empty() || !s.bias_file.empty() || s.stage->pads_by_index ||
               is_by_index(s.stage->steps.pad_mode);
    }
    return std::string("import keras\n") + (numpy ? "import numpy\n" : "");
  }

  std::string setup(const CodeStage& code) const override {
    const PortedStage& stage = *code.stage;
    const std::string call = call_text(stage.layer);
    const bool one = stage.split == Split::None;
    std::string text = one ? fmt::format("layer{} = {}\n", code.suffix, call)
                           : fmt::format("layers{} = [{} for _ in range({})]\n", code.suffix, call,
                                         stage.branches);
    if (code.weight_file.empty() && code.bias_file.empty()) return text;
    std::vector<std::string> shape(stage.rank() + 1, "None");
    shape.push_back(fmt::format("{}", stage.to.in_channels));
    const std::string build = fmt::format("build(({}))", fmt::join(shape, ", "));
    if (one) {
      text += fmt::format("layer{}.{}\n", code.suffix, build);
      if (!code.weight_file.empty()) {
        text +=
            fmt::format("layer{}.kernel.assign({})\n", code.suffix, load_text(code.weight_file));
      }
      if (!code.bias_file.empty()) {
        text += fmt::format("layer{}.bias.assign({})\n", code.suffix, load_text(code.bias_file));
      }
      return text;
    }
    text += fmt::format("for layer in layers{}:\n    layer.{}\n", code.suffix, build);
    for (const auto& [name, file] :
         {std::pair("kernel", code.weight_file), std::pair("bias", code.bias_file)}) {
      if (file.empty()) continue;
      const std::string parts =
          name == std::string_view("bias")
              ? fmt::format("numpy.split({}, {})", load_text(file), stage.branches)
              : load_text(file);
      text += fmt::format("for layer, part in zip(layers{}, {}):\n    layer.{}.assign(part)\n",
                          code.suffix, parts, name);
    }
    return text;
  }

  // Of keras.ops.pad TensorFlow knows two modes, and reflects no further than once.
  std::string pad(const Steps& steps, bool by_index) const override {
    if (!by_index && !is_by_index(steps.pad_mode)) {
      return fmt::format("keras.ops.pad(x, {}{})", pad_widths(steps, order()),
                         steps.pad_mode == PadMode::Reflect ? ", mode=\"reflect\"" : "");
    }
    std::string text = "x";
    for (std::size_t i = 0; i < steps.pads.size(); ++i) {
      const PadStep& pad = steps.pads[i];
      if (pad.begin == 0 && pad.end == 0) continue;
      text = fmt::format("keras.ops.take({}, {}, axis={})", text,
                         index_text(pad, steps.pad_mode, i + 1), i + 1);
    }
    return text;
  }

  std::string call(const CodeStage& code) const override {
    const PortedStage& stage = *code.stage;
    if (stage.split == Split::None) return fmt::format("layer{}(x)", code.suffix);
    return fmt::format(
        "keras.ops.concatenate([layer(part) for layer, part in zip(layers{}, keras.ops.split(x, "
        "{}, axis={}))], axis=-1)",
        code.suffix, stage.branches, stage.split == Split::Batch ? 0 : -1);
  }

  std::string permute(const std::vector<std::size_t>& axes) const override {
    return fmt::format("keras.ops.transpose(x, ({}))", fmt::join(axes, ", "));
  }

  // Keras's own activations are arguments; no source has them but Keras.
  std::string activation(Activation activation) const override {
    return fmt::format("keras.activations.{}(x)", name(activation));
  }
  std::string activation(LastAxisActivation, std::size_t) const override { return "x"; }
};

}  // namespace

const Idiom& keras_idiom() {
  static const KerasIdiom idiom;
  return idiom;
}

}  // namespace tconv::frameworks
