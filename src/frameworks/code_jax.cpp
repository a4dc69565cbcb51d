// Ported layers as JAX code: calls of lax, or flax's modules.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frameworks/forms.hpp"
#include "frameworks/port_idiom.hpp"

namespace tconv::frameworks {
namespace {

bool loads(const std::vector<CodeStage>& stages) {
  bool any = false;
  for (const CodeStage& s : stages) any |= !s.weight_file.empty() || !s.bias_file.empty();
  return any;
}

class JaxIdiom : public Idiom {
 public:
  ChannelOrder order() const override { return ChannelOrder::Last; }
  bool is_callable() const override { return false; }

  std::string imports(const std::vector<CodeStage>& stages) const override {
    return std::string("import jax\n") + (loads(stages) ? "import numpy\n" : "") +
           "from jax import lax, numpy as jnp\n";
  }

  std::string setup(const CodeStage& code) const override {
    std::string text = tensor("w", code, code.weight_file, code.stage->weights);
    if (code.stage->bias) {
      text += tensor("b", code, code.bias_file, {code.stage->from.out_channels});
    }
    return text;
  }

  std::string pad(const Steps& steps, bool) const override {
    return fmt::format("jnp.pad(x, {}{})", pad_widths(steps, order()), mode_text(steps.pad_mode));
  }

  std::string call(const CodeStage& code) const override {
    std::string text = call_text(code.stage->layer);
    const std::size_t open = text.find('(') + 1;
    return text.insert(open, fmt::format("x, w{}, ", code.suffix));
  }

  std::string permute(const std::vector<std::size_t>& axes) const override {
    return fmt::format("x.transpose({})", fmt::join(axes, ", "));
  }

  std::string activation(Activation activation) const override {
    switch (activation) {
      case Activation::Linear: return "x";
      case Activation::LeakyRelu: return "jax.nn.leaky_relu(x, 0.2)";
      case Activation::Gelu: return "jax.nn.gelu(x, approximate=False)";
      case Activation::Tanh: return "jnp.tanh(x)";
      case Activation::TanhShrink: return "x - jnp.tanh(x)";
      case Activation::Softsign: return "jax.nn.soft_sign(x)";
      case Activation::SoftShrink: return "jnp.sign(x) * jnp.maximum(jnp.abs(x) - 0.5, 0)";
      case Activation::HardShrink: return "jnp.where(jnp.abs(x) > 0.5, x, 0)";
      case Activation::Exponential: return "jnp.exp(x)";
      case Activation::Relu:
      case Activation::Relu6:
      case Activation::Elu:
      case Activation::Selu:
      case Activation::Celu:
      case Activation::Silu:
      case Activation::HardSilu:
      case Activation::Mish:
      case Activation::Sigmoid:
      case Activation::LogSigmoid:
      case Activation::HardSigmoid:
      case Activation::SparseSigmoid:
      case Activation::HardTanh:
      case Activation::Softplus:
      case Activation::Squareplus:
      case Activation::SparsePlus: break;
    }
    return fmt::format("jax.nn.{}(x)", name(activation));  // by the same names as Keras's
  }

  std::string activation(LastAxisActivation activation, std::size_t axis) const override {
    switch (activation) {
      case LastAxisActivation::Softmax: return fmt::format("jax.nn.softmax(x, axis={})", axis);
      case LastAxisActivation::LogSoftmax:
        return fmt::format("jax.nn.log_softmax(x, axis={})", axis);
      case LastAxisActivation::Glu: return fmt::format("jax.nn.glu(x, axis={})", axis);
      case LastAxisActivation::Sparsemax:
      case LastAxisActivation::None: break;
    }
    return "x";
  }

 protected:
  static std::string tensor(std::string_view what, const CodeStage& code, const std::string& file,
                            const Shape& shape) {
    if (!file.empty()) return fmt::format("{}{} = {}\n", what, code.suffix, load_text(file));
    Shape whole = shape;
    const bool parts = code.stage->split != Split::None && what == "w";
    if (parts) whole.insert(whole.begin(), code.stage->branches);
    return fmt::format("{}{} = ...  # of shape {}\n", what, code.suffix, sizes_text(whole));
  }

  static std::string mode_text(PadMode mode) {
    switch (mode) {
      case PadMode::Reflect: return ", mode=\"reflect\"";
      case PadMode::Replicate: return ", mode=\"edge\"";
      case PadMode::Circular: return ", mode=\"wrap\"";
      case PadMode::Zeros:
      case PadMode::Constant:
      case PadMode::Symmetric: break;
    }
    return "";
  }
};

class FlaxIdiom : public JaxIdiom {
 public:
  std::string imports(const std::vector<CodeStage>& stages) const override {
    return std::string("import jax\n") + (loads(stages) ? "import numpy\n" : "") +
           "from flax import linen as nn\nfrom jax import numpy as jnp\n";
  }

  std::string setup(const CodeStage& code) const override {
    return fmt::format("layer{} = {}\n", code.suffix, call_text(code.stage->layer)) +
           JaxIdiom::setup(code);
  }

  std::string call(const CodeStage& code) const override {
    const PortedStage& stage = *code.stage;
    const std::string bias = stage.bias ? fmt::format(", \"bias\": b{}", code.suffix) : "";
    if (stage.split == Split::None) {
      return fmt::format("layer{0}.apply({{\"params\": {{\"kernel\": w{0}{1}}}}}, x)", code.suffix,
                         bias);
    }
    return fmt::format(
        "jnp.concatenate([layer{0}.apply({{\"params\": {{\"kernel\": kernel{3}}}}}, part) for "
        "part, kernel{4} in zip(jnp.split(x, {1}, axis={2}), w{0}{5})], axis=-1)",
        code.suffix, stage.branches, stage.split == Split::Batch ? 0 : -1,
        stage.bias ? ", \"bias\": bias" : "", stage.bias ? ", bias" : "",
        stage.bias ? fmt::format(", b{}.reshape({}, -1)", code.suffix, stage.branches) : "");
  }
};

}  // namespace

const Idiom& jax_idiom() {
  static const JaxIdiom idiom;
  return idiom;
}

const Idiom& flax_idiom() {
  static const FlaxIdiom idiom;
  return idiom;
}

}  // namespace tconv::frameworks
