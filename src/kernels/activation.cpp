// Activations by their definitions (keras/src/activations/activations.py and
// keras/src/backend/tensorflow/nn.py), arranged so that large inputs neither overflow nor cancel.
// Comparisons are written so that NaN passes through.
#include "kernels/activation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tconv::kernels {
namespace {

template <typename T>
T sigmoid(T x) {
  return T{1} / (T{1} + std::exp(-x));
}

template <typename T>
T softplus(T x) {  // log(1 + exp(x))
  return (x < T{0} ? T{0} : x) + std::log1p(std::exp(-std::abs(x)));
}

template <typename T>
T clip(T x, T low, T high) {
  return x < low ? low : x > high ? high : x;
}

template <typename T>
T elu(T x, T scale, T alpha) {
  return x < T{0} ? scale * alpha * std::expm1(x) : scale * x;
}

template <typename T>
T hard_sigmoid(T x) {
  return clip(x + T{3}, T{0}, T{6}) / T{6};
}

template <typename T>
T sparse_plus(T x) {
  return x <= T{-1} ? T{0} : x < T{1} ? (x + T{1}) * (x + T{1}) / T{4} : x;
}

template <typename T>
T apply(Activation activation, T x) {
  // TensorFlow rounds these two to float32 even in float64; Keras's other backends do not, nor
  // here.
  constexpr T kLeakySlope = static_cast<T>(0.2L), kSqrtHalf = std::numbers::sqrt2_v<T> / T{2};
  constexpr T kHalf = T{1} / T{2};
  constexpr T kSeluScale = static_cast<T>(1.0507009873554804934193349852946L);
  constexpr T kSeluAlpha = static_cast<T>(1.6732632423543772848170429916717L);
  switch (activation) {
    case Activation::Linear: return x;
    case Activation::Relu: return x < T{0} ? T{0} : x;
    case Activation::Relu6: return clip(x, T{0}, T{6});
    case Activation::LeakyRelu: return x < T{0} ? x * kLeakySlope : x;
    case Activation::Elu:
    case Activation::Celu: return elu(x, T{1}, T{1});
    case Activation::Selu: return elu(x, kSeluScale, kSeluAlpha);
    case Activation::Silu: return x * sigmoid(x);
    case Activation::HardSilu: return x * hard_sigmoid(x);
    case Activation::Gelu: return x * kHalf * std::erfc(-x * kSqrtHalf);
    case Activation::Mish: return x * std::tanh(softplus(x));
    case Activation::Sigmoid: return sigmoid(x);
    case Activation::LogSigmoid: return -softplus(-x);
    case Activation::HardSigmoid: return hard_sigmoid(x);
    case Activation::SparseSigmoid: return clip(kHalf * (x + T{1}), T{0}, T{1});
    case Activation::Tanh: return std::tanh(x);
    case Activation::HardTanh: return clip(x, T{-1}, T{1});
    case Activation::TanhShrink: return x - std::tanh(x);
    case Activation::Softplus: return softplus(x);
    case Activation::Softsign: return x / (T{1} + std::abs(x));
    case Activation::Squareplus: return (x + std::sqrt(x * x + T{4})) / T{2};
    case Activation::SparsePlus: return sparse_plus(x);
    case Activation::SoftShrink: return x > kHalf ? x - kHalf : x < -kHalf ? x + kHalf : x * T{0};
    case Activation::HardShrink: return std::abs(x) <= kHalf ? T{0} : x;
    case Activation::Exponential: return std::exp(x);
  }
  return x;
}

}  // namespace

float activate(Activation activation, float x) { return apply(activation, x); }
double activate(Activation activation, double x) { return apply(activation, x); }

}  // namespace tconv::kernels
