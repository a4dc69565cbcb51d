// The words for the enumerators of a problem, as reports print them.
#include "tconv/problem.hpp"

namespace tconv {

std::string_view name(Direction direction) {
  return direction == Direction::Forward ? "forward" : "transposed";
}

std::string_view name(PadMode mode) {
  switch (mode) {
    case PadMode::Zeros: return "zeros";
    case PadMode::Constant: return "constant";
    case PadMode::Reflect: return "reflect";
    case PadMode::Replicate: return "replicate";
    case PadMode::Circular: return "circular";
    case PadMode::Symmetric: return "symmetric";
  }
  return "";
}

std::string_view name(Activation activation) {
  switch (activation) {
    case Activation::Linear: return "linear";
    case Activation::Relu: return "relu";
    case Activation::Relu6: return "relu6";
    case Activation::LeakyRelu: return "leaky_relu";
    case Activation::Elu: return "elu";
    case Activation::Selu: return "selu";
    case Activation::Celu: return "celu";
    case Activation::Silu: return "silu";
    case Activation::HardSilu: return "hard_silu";
    case Activation::Gelu: return "gelu";
    case Activation::Mish: return "mish";
    case Activation::Sigmoid: return "sigmoid";
    case Activation::LogSigmoid: return "log_sigmoid";
    case Activation::HardSigmoid: return "hard_sigmoid";
    case Activation::SparseSigmoid: return "sparse_sigmoid";
    case Activation::Tanh: return "tanh";
    case Activation::HardTanh: return "hard_tanh";
    case Activation::TanhShrink: return "tanh_shrink";
    case Activation::Softplus: return "softplus";
    case Activation::Softsign: return "softsign";
    case Activation::Squareplus: return "squareplus";
    case Activation::SparsePlus: return "sparse_plus";
    case Activation::SoftShrink: return "soft_shrink";
    case Activation::HardShrink: return "hard_shrink";
    case Activation::Exponential: return "exponential";
  }
  return "";
}

}  // namespace tconv
