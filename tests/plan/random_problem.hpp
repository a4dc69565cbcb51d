// Random problems with their tensors, for tests that compare algorithms.
#pragma once
#include <random>
#include <vector>

#include "kernels/element.hpp"
#include "tconv/plan.hpp"

namespace tconv::test {

struct Case {
  Problem problem;
  std::vector<std::byte> x{}, w{}, bias{};
  std::int64_t y_bytes = 0;

  std::vector<std::byte> run(const PlanOptions& options) const {
    std::vector<std::byte> y(static_cast<std::size_t>(y_bytes), std::byte{0xA5});
    const auto plan = Plan::make(problem, options);
    if (!plan) return {};
    plan->run({.x = x.data(),
               .w = w.data(),
               .bias = problem.has_bias ? bias.data() : nullptr,
               .y = y.data()});
    return y;
  }
};

class RandomProblems {
 public:
  explicit RandomProblems(unsigned seed) : random_(seed) {}

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }

  // Small integers as elements, so that every order of summation gives the same sums; or reals.
  Case next(bool integers) {
    Case result{.problem = geometry()};
    Problem& p = result.problem;
    const auto extents = output_extents(p);
    const bool channels_last = one_in(3);
    const std::int64_t x_count = lay_out(p.x, p, p.in_channels, channels_last,
                                         [&](std::size_t a) { return p.axes[a].input; });
    const std::int64_t y_count = lay_out(p.y, p, p.out_channels, channels_last != one_in(6),
                                         [&](std::size_t a) { return (*extents)[a]; });
    result.x = elements(p.dtype, x_count, integers);
    result.w = elements(p.dtype, lay_out_weights(p), integers);
    result.bias = elements(p.dtype, p.out_channels, integers);
    result.y_bytes = y_count * size_bytes(p.dtype);
    return result;
  }

 private:
  Problem geometry() {
    while (true) {
      Problem p;
      p.direction = one_in(2) ? Direction::Forward : Direction::Transposed;
      constexpr DType kTypes[] = {DType::Float32, DType::Float32, DType::Float64, DType::Float16,
                                  DType::BFloat16};
      p.dtype = kTypes[between(0, 4)];
      if (p.direction == Direction::Forward && one_in(3)) {
        p.pad_mode = static_cast<PadMode>(between(0, 5));
        p.pad_value = 3;
      }
      p.rank = static_cast<int>(between(1, 3));
      p.batch = between(1, 2);
      p.groups = one_in(3) ? between(1, 5) : 1;
      p.in_channels = p.groups * between(1, one_in(3) ? 1 : 7);
      p.out_channels = p.groups * between(1, one_in(3) ? 40 : 5);
      p.has_bias = one_in(2);
      p.flip_kernel = one_in(4);
      if (one_in(3)) p.activation = one_in(2) ? Activation::Relu : Activation::Tanh;
      for (std::size_t a = static_cast<std::size_t>(kMaxAxes - p.rank); a < kMaxAxes; ++a) {
        const bool forward = p.direction == Direction::Forward;
        Axis& axis = p.axes[a];
        axis.input = between(1, p.rank == 1 ? 150 : p.rank == 2 ? 24 : 8);
        if (a + 1 == kMaxAxes && one_in(3)) axis.input += 60;
        axis.kernel = between(1, 5);
        axis.stride = one_in(2) ? 1 : between(1, 4);
        axis.dilation = one_in(2) ? 1 : between(1, 3);
        axis.input_dilation = forward && one_in(5) ? between(1, 3) : 1;
        axis.begin = between(one_in(4) ? -2 : 0, 4);
        axis.end = between(one_in(4) ? -2 : 0, 4);
      }
      if (p.direction == Direction::Transposed && one_in(6)) cross_out_rows(p.axes[kMaxAxes - 1]);
      const auto extents = output_extents(p);
      if (!extents) continue;
      std::int64_t outputs = 1;
      for (const std::int64_t extent : *extents) outputs *= extent;
      if (outputs > 0 && outputs < 20'000) return p;
    }
  }

  // As an inverse short-time Fourier transform does: a stride of many phases, all of them whole.
  void cross_out_rows(Axis& axis) {
    axis.stride = between(13, 20);
    axis.dilation = 1;
    axis.kernel = axis.stride * between(1, 3);
    axis.begin = axis.stride * between(0, 1);
    axis.end = axis.stride * between(0, 1);
  }

  template <typename Extent>
  static std::int64_t lay_out(TensorStrides& strides, const Problem& p, std::int64_t channels,
                              bool channels_last, Extent extent) {
    std::int64_t step = channels_last ? channels : 1;
    for (std::size_t a = kMaxAxes; a-- > 0;) {
      strides.axes[a] = step;
      step *= extent(a);
    }
    strides.channel = channels_last ? 1 : step;
    strides.batch = channels_last ? step : step * channels;
    return strides.batch * p.batch;
  }

  static std::int64_t lay_out_weights(Problem& p) {
    const std::int64_t I = p.in_channels / p.groups, O = p.out_channels / p.groups;
    std::int64_t step = 1;
    for (std::size_t a = kMaxAxes; a-- > 0;) {
      p.w.axes[a] = step;
      step *= p.axes[a].kernel;
    }
    const bool forward = p.direction == Direction::Forward;
    (forward ? p.w.in : p.w.out) = step;
    (forward ? p.w.out : p.w.in) = step * (forward ? I : O);
    p.w.group = step * I * O;
    return p.w.group * p.groups;
  }

  std::vector<std::byte> elements(DType dtype, std::int64_t count, bool integers) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(count * size_bytes(dtype)));
    std::normal_distribution<double> normal;
    for (std::int64_t i = 0; i < count; ++i) {
      const double value = integers ? static_cast<double>(between(-8, 8)) : normal(random_);
      const auto narrow = static_cast<float>(value);
      std::byte* const to = bytes.data() + i * size_bytes(dtype);
      switch (dtype) {
        case DType::Float64: kernels::Float64Element::store(value, to); break;
        case DType::Float16: kernels::Float16Element::store(narrow, to); break;
        case DType::BFloat16: kernels::BFloat16Element::store(narrow, to); break;
        default: kernels::Float32Element::store(narrow, to);
      }
    }
    return bytes;
  }

  std::mt19937 random_;
};

}  // namespace tconv::test
