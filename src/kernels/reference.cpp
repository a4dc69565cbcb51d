// One accumulator per output element; taps in the order of tconv/problem.hpp, one fused
// multiply-add each. std::fma and not `+ x * w`: the fast kernels fuse, and bits must be equal.
// The taps of a pixel are gathered once, for any number of axes, and serve its channels and items.
#include "kernels/reference.hpp"

#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "kernels/activation.hpp"
#include "kernels/element.hpp"
#include "kernels/taps.hpp"

namespace tconv::kernels {
namespace {

// A tap of all the axes together: distances from the first element of a channel.
struct PixelTap {
  std::int64_t x = 0;  // or kPadding, where Problem::pad_value is read
  std::int64_t w = 0;
};
constexpr std::int64_t kPadding = std::numeric_limits<std::int64_t>::min();

template <typename Element>
class Reference {
  using Accumulator = typename Element::Accumulator;

 public:
  Reference(const Problem& problem, const Operands& operands) : p_(problem), tensors_(operands) {}

  void run() {
    const auto extents = output_extents(p_);
    assert(extents);
    run_axis(static_cast<std::size_t>(kMaxAxes - p_.rank), *extents, p_.y.first,
             {PixelTap{.x = p_.x.first}});
  }

 private:
  // Each output position along axis a, whose predecessors have come to `taps` and to y_at.
  void run_axis(std::size_t a, const Extents& extents, std::int64_t y_at,
                const std::vector<PixelTap>& taps) {
    if (a == kMaxAxes) return run_pixel(y_at, taps);
    std::vector<Tap> own;
    std::vector<PixelTap> all;
    for (std::int64_t position = 0; position < extents[a]; ++position) {
      axis_taps(p_, p_.axes[a], position, own);
      all.clear();
      for (const PixelTap& outer : taps) {
        for (const Tap& tap : own) all.push_back(joined(outer, tap, a));
      }
      run_axis(a + 1, extents, y_at + position * p_.y.axes[a], all);
    }
  }

  PixelTap joined(const PixelTap& outer, const Tap& tap, std::size_t a) const {
    const bool padding = outer.x == kPadding || tap.input == kPadValue;
    const std::int64_t kernel = p_.flip_kernel ? p_.axes[a].kernel - 1 - tap.kernel : tap.kernel;
    return {.x = padding ? kPadding : outer.x + tap.input * p_.x.axes[a],
            .w = outer.w + kernel * p_.w.axes[a]};
  }

  void run_pixel(std::int64_t y_at, const std::vector<PixelTap>& taps) const {
    for (std::int64_t n = 0; n < p_.batch; ++n) {
      for (std::int64_t o = 0; o < p_.out_channels; ++o) {
        const std::int64_t at = y_at + n * p_.y.batch + o * p_.y.channel;
        Element::store(output(n, o, taps), tensors_.y + at * Element::kBytes);
      }
    }
  }

  Accumulator output(std::int64_t n, std::int64_t o, const std::vector<PixelTap>& taps) const {
    const std::int64_t I = p_.in_channels / p_.groups;
    const std::int64_t O = p_.out_channels / p_.groups;
    const std::int64_t g = o / O;
    const std::int64_t oo = o % O;
    Accumulator sum = 0;
    for (std::int64_t i = 0; i < I; ++i) {
      const std::int64_t x = n * p_.x.batch + g * p_.x.group + (g * I + i) * p_.x.channel;
      const std::int64_t w = g * p_.w.group + oo * p_.w.out + i * p_.w.in;
      for (const PixelTap& tap : taps) {
        const Accumulator value = tap.x == kPadding
                                      ? static_cast<Accumulator>(p_.pad_value)
                                      : Element::load(tensors_.x + (x + tap.x) * Element::kBytes);
        sum = std::fma(value, Element::load(tensors_.w + (w + tap.w) * Element::kBytes), sum);
      }
    }
    if (p_.has_bias) sum += Element::load(tensors_.bias + o * Element::kBytes);
    return activate(p_.activation, sum);
  }

  const Problem& p_;
  const Operands& tensors_;
};

}  // namespace

void run_reference(const Problem& problem, const Operands& operands) {
  switch (problem.dtype) {
    case DType::Float16: return Reference<Float16Element>(problem, operands).run();
    case DType::BFloat16: return Reference<BFloat16Element>(problem, operands).run();
    case DType::Float32: return Reference<Float32Element>(problem, operands).run();
    case DType::Float64: return Reference<Float64Element>(problem, operands).run();
    default: assert(false && "the caller checks that dtype is a floating one");
  }
}

}  // namespace tconv::kernels
