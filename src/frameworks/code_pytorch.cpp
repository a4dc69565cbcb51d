// Ported layers as PyTorch code.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frameworks/forms.hpp"
#include "frameworks/port_idiom.hpp"

namespace tconv::frameworks {
namespace {

class PyTorchIdiom : public Idiom {
 public:
  ChannelOrder order() const override { return ChannelOrder::First; }
  bool is_callable() const override { return true; }

  std::string imports(const std::vector<CodeStage>& stages) const override {
    bool numpy = false, calls = false;
    for (const CodeStage& s : stages) {
      numpy |= !s.weight_file.empty() || !s.bias_file.empty() || s.stage->pads_by_index;
      calls |= (!s.stage->steps.pads.empty() && !s.stage->pads_by_index) ||
               s.stage->activation != Activation::Linear ||
               s.stage->last_axis != LastAxisActivation::None;
    }
    return std::string(numpy ? "import numpy\n" : "") + "import torch\nfrom torch import nn\n" +
           (calls ? "from torch.nn import functional as F\n" : "");
  }

  std::string setup(const CodeStage& code) const override {
    const PortedStage& stage = *code.stage;
    const std::string call = call_text(stage.layer);
    if (stage.split == Split::None) {
      std::string text = fmt::format("layer{} = {}\n", code.suffix, call);
      if (!code.weight_file.empty()) {
        text += fmt::format("layer{}.weight.data = torch.from_numpy({})\n", code.suffix,
                            load_text(code.weight_file));
      }
      if (!code.bias_file.empty()) {
        text += fmt::format("layer{}.bias.data = torch.from_numpy({})\n", code.suffix,
                            load_text(code.bias_file));
      }
      return text;
    }
    std::string text =
        fmt::format("layers{} = [{} for _ in range({})]\n", code.suffix, call, stage.branches);
    for (const auto& [name, file] :
         {std::pair("weight", code.weight_file), std::pair("bias", code.bias_file)}) {
      if (file.empty()) continue;
      const std::string parts =
          name == std::string_view("bias")
              ? fmt::format("numpy.split({}, {})", load_text(file), stage.branches)
              : load_text(file);
      text += fmt::format(
          "for layer, part in zip(layers{}, {}):\n    layer.{}.data = "
          "torch.from_numpy(part)\n",
          code.suffix, parts, name);
    }
    return text;
  }

  std::string pad(const Steps& steps, bool by_index) const override {
    if (by_index) return by_indices(steps);
    std::vector<std::int64_t> pads;
    for (std::size_t i = steps.pads.size(); i-- > 0;) {
      pads.push_back(steps.pads[i].begin);
      pads.push_back(steps.pads[i].end);
    }
    const bool zeros = steps.pad_mode == PadMode::Zeros;
    return fmt::format("F.pad(x, ({}){})", fmt::join(pads, ", "),
                       zeros ? "" : fmt::format(", mode=\"{}\"", name(steps.pad_mode)));
  }

  std::string call(const CodeStage& code) const override {
    const PortedStage& stage = *code.stage;
    if (stage.split == Split::None) return fmt::format("layer{}(x)", code.suffix);
    return fmt::format(
        "torch.cat([layer(part) for layer, part in zip(layers{}, x.chunk({}, dim={}))], dim=1)",
        code.suffix, stage.branches, stage.split == Split::Batch ? 0 : 1);
  }

  std::string permute(const std::vector<std::size_t>& axes) const override {
    return fmt::format("x.permute({})", fmt::join(axes, ", "));
  }

  std::string activation(Activation activation) const override {
    switch (activation) {
      case Activation::Linear: return "x";
      case Activation::Relu: return "F.relu(x)";
      case Activation::Relu6: return "F.relu6(x)";
      case Activation::LeakyRelu: return "F.leaky_relu(x, 0.2)";
      case Activation::Elu: return "F.elu(x)";
      case Activation::Selu: return "F.selu(x)";
      case Activation::Celu: return "F.celu(x)";
      case Activation::Silu: return "F.silu(x)";
      case Activation::HardSilu: return "F.hardswish(x)";
      case Activation::Gelu: return "F.gelu(x)";
      case Activation::Mish: return "F.mish(x)";
      case Activation::Sigmoid: return "torch.sigmoid(x)";
      case Activation::LogSigmoid: return "F.logsigmoid(x)";
      case Activation::HardSigmoid: return "F.hardsigmoid(x)";
      case Activation::SparseSigmoid: return "torch.clamp((x + 1) / 2, 0, 1)";
      case Activation::Tanh: return "torch.tanh(x)";
      case Activation::HardTanh: return "F.hardtanh(x)";
      case Activation::TanhShrink: return "F.tanhshrink(x)";
      // F.softplus is the identity above 20.
      case Activation::Softplus: return "torch.logaddexp(x, torch.zeros_like(x))";
      case Activation::Softsign: return "F.softsign(x)";
      case Activation::Squareplus: return "(x + torch.sqrt(x * x + 4)) / 2";
      case Activation::SparsePlus: return "(torch.clamp(x, -1, 1) + 1) ** 2 / 4 + F.relu(x - 1)";
      case Activation::SoftShrink: return "F.softshrink(x, 0.5)";
      case Activation::HardShrink: return "F.hardshrink(x, 0.5)";
      case Activation::Exponential: return "torch.exp(x)";
    }
    return "x";
  }

  std::string activation(LastAxisActivation activation, std::size_t axis) const override {
    switch (activation) {
      case LastAxisActivation::Softmax: return fmt::format("torch.softmax(x, dim={})", axis);
      case LastAxisActivation::LogSoftmax: return fmt::format("F.log_softmax(x, dim={})", axis);
      case LastAxisActivation::Glu: return fmt::format("F.glu(x, dim={})", axis);
      case LastAxisActivation::Sparsemax:
      case LastAxisActivation::None: break;
    }
    return "x";
  }

 private:
  static std::string by_indices(const Steps& steps) {
    std::string text = "x";
    for (std::size_t i = 0; i < steps.pads.size(); ++i) {
      const PadStep& pad = steps.pads[i];
      if (pad.begin == 0 && pad.end == 0) continue;
      const std::vector<std::string_view> before(i + 2, ":, ");
      text += fmt::format("[{}{}]", fmt::join(before, ""), index_text(pad, steps.pad_mode, i + 2));
    }
    return text;
  }
};

}  // namespace

const Idiom& pytorch_idiom() {
  static const PyTorchIdiom idiom;
  return idiom;
}

}  // namespace tconv::frameworks
