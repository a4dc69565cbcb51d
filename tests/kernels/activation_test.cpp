// Activations at points where their definitions can be read off, and where careless ones overflow.
#include "kernels/activation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tconv/convolve.hpp"

namespace tconv {
namespace {

TEST_CASE("activate: values of Keras 3.15 in float64") {
  struct Row {
    Activation activation;
    double at_minus_two, at_third, at_three;  // x = -2, 1/3, 3
  };
  // keras.activations.<name>(np.array([-2, 1/3, 3], 'float64')): TensorFlow backend, but for
  // leaky_relu and gelu, whose constants it rounds to float32, the PyTorch backend.
  const Row rows[] = {
      {Activation::Linear, -2.0, 0.3333333333333333, 3.0},
      {Activation::Relu, 0.0, 0.3333333333333333, 3.0},
      {Activation::Relu6, 0.0, 0.3333333333333333, 3.0},
      {Activation::LeakyRelu, -0.4, 0.3333333333333333, 3.0},
      {Activation::Elu, -0.8646647167633873, 0.3333333333333333, 3.0},
      {Activation::Selu, -1.520166468595695, 0.3502336624518268, 3.1521029620664414},
      {Activation::Celu, -0.8646647167633873, 0.3333333333333333, 3.0},
      {Activation::Silu, -0.2384058440442351, 0.19419006882077153, 2.8577223804672998},
      {Activation::HardSilu, -0.3333333333333333, 0.18518518518518517, 3.0},
      {Activation::Gelu, -0.04550026389635842, 0.2101862199394121, 2.99595030590511},
      {Activation::Mish, -0.2525014826957089, 0.23440608397222362, 2.9865350049679575},
      {Activation::Sigmoid, 0.11920292202211755, 0.5825702064623146, 0.9525741268224333},
      {Activation::LogSigmoid, -2.1269280110429727, -0.5403055746894084, -0.04858735157374206},
      {Activation::HardSigmoid, 0.16666666666666666, 0.5555555555555556, 1.0},
      {Activation::SparseSigmoid, 0.0, 0.6666666666666666, 1.0},
      {Activation::Tanh, -0.9640275800758169, 0.32151273753163434, 0.9950547536867305},
      {Activation::HardTanh, -1.0, 0.3333333333333333, 1.0},
      {Activation::TanhShrink, -1.035972419924183, 0.011820595801698974, 2.0049452463132695},
      {Activation::Softplus, 0.1269280110429725, 0.8736389080227418, 3.048587351573742},
      {Activation::Softsign, -0.6666666666666666, 0.25, 0.75},
      {Activation::Squareplus, 0.41421356237309515, 1.18046042171637, 3.302775637731995},
      {Activation::SparsePlus, 0.0, 0.4444444444444444, 3.0},
      {Activation::SoftShrink, -1.5, 0.0, 2.5},
      {Activation::HardShrink, -2.0, 0.0, 3.0},
      {Activation::Exponential, 0.1353352832366127, 1.3956124250860895, 20.085536923187668},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(name(row.activation)));
    CHECK(kernels::activate(row.activation, -2.0) ==
          doctest::Approx(row.at_minus_two).epsilon(1e-14));
    CHECK(kernels::activate(row.activation, 1.0 / 3) ==
          doctest::Approx(row.at_third).epsilon(1e-14));
    CHECK(kernels::activate(row.activation, 3.0) == doctest::Approx(row.at_three).epsilon(1e-14));
  }
}

TEST_CASE("activate: NaN stays NaN, and large inputs neither overflow nor vanish") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int a = 0; a <= static_cast<int>(Activation::Exponential); ++a) {
    const auto activation = static_cast<Activation>(a);
    CAPTURE(std::string(name(activation)));
    CHECK(std::isnan(kernels::activate(activation, nan)));
    if (activation != Activation::Exponential) {
      CHECK(std::isfinite(kernels::activate(activation, 1e4F)));
      CHECK(std::isfinite(kernels::activate(activation, -1e4F)));
    }
  }
  CHECK(kernels::activate(Activation::Softplus, 1e4F) == 1e4F);
  CHECK(kernels::activate(Activation::LogSigmoid, -1e4F) == -1e4F);
  CHECK(kernels::activate(Activation::Elu, -1e-6) == doctest::Approx(-9.999995e-7).epsilon(1e-12));
}

std::vector<float> activated(LastAxisActivation activation, std::vector<float> row) {
  std::vector<float> result(static_cast<std::size_t>(
      *activated_length(activation, static_cast<std::int64_t>(row.size()))));
  const auto done =
      activate_last_axis(activation, {.dtype = DType::Float32,
                                      .count = 1,
                                      .length = static_cast<std::int64_t>(row.size()),
                                      .from = reinterpret_cast<const std::byte*>(row.data()),
                                      .to = reinterpret_cast<std::byte*>(result.data())});
  REQUIRE(done);
  return result;
}

TEST_CASE("activate_last_axis: rows of Keras 3.15") {
  const auto near = [](const std::vector<float>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      CHECK(static_cast<double>(a[i]) == doctest::Approx(b[i]).epsilon(1e-6));
    }
  };
  near(activated(LastAxisActivation::Softmax, {0.25F, -1.5F, 2.0F, 1.75F}),
       {0.08764191716909409, 0.01522988174110651, 0.5043444037437439, 0.3927838206291199});
  near(activated(LastAxisActivation::LogSoftmax, {0.25F, -1.5F, 2.0F, 1.75F}),
       {-2.4344959259033203, -4.18449592590332, -0.6844959259033203, -0.9344959259033203});
  near(activated(LastAxisActivation::Sparsemax, {0.25F, -1.5F, 2.0F, 1.75F}), {0.0, 0.0, 0.0, 0.0});
  near(activated(LastAxisActivation::Glu, {0.25F, -1.5F, 2.0F, 1.75F}),
       {0.22019927203655243, -1.2779291868209839});
  near(activated(LastAxisActivation::Softmax, {1e4F, 1e4F}), {0.5, 0.5});  // no overflow
}

}  // namespace
}  // namespace tconv
