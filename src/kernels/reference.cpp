// One accumulator per output element; taps in the order of tconv/problem.hpp, one fused
// multiply-add each. std::fma and not `+ x * w`: the fast kernels fuse, and bits must be equal.
#include "kernels/reference.hpp"

#include <cassert>
#include <cmath>

#include "kernels/activation.hpp"
#include "kernels/element.hpp"
#include "kernels/taps.hpp"

namespace tconv::kernels {
namespace {

template <typename Element>
class Reference {
  using Accumulator = typename Element::Accumulator;

 public:
  Reference(const Problem& problem, const Operands& operands) : p_(problem), tensors_(operands) {}

  void run() {
    const auto extents = output_extents(p_);
    assert(extents);
    const auto [OD, OH, OW] = *extents;
    for (std::int64_t n = 0; n < p_.batch; ++n) {
      for (std::int64_t o = 0; o < p_.out_channels; ++o) {
        for (std::int64_t od = 0; od < OD; ++od) {
          axis_taps(p_, p_.axes[0], od, taps_d_);
          for (std::int64_t oh = 0; oh < OH; ++oh) {
            axis_taps(p_, p_.axes[1], oh, taps_h_);
            for (std::int64_t ow = 0; ow < OW; ++ow) {
              axis_taps(p_, p_.axes[2], ow, taps_w_);
              const auto& s = p_.y.axes;
              const std::int64_t at = p_.y.first + n * p_.y.batch + o * p_.y.channel + od * s[0] +
                                      oh * s[1] + ow * s[2];
              Element::store(output(n, o), tensors_.y + at * Element::kBytes);
            }
          }
        }
      }
    }
  }

 private:
  Accumulator output(std::int64_t n, std::int64_t o) const {
    const std::int64_t I = p_.in_channels / p_.groups;
    const std::int64_t O = p_.out_channels / p_.groups;
    const std::int64_t g = o / O;
    const std::int64_t oo = o % O;
    Accumulator sum = 0;
    for (std::int64_t i = 0; i < I; ++i) {
      const std::int64_t x_channel =
          p_.x.first + n * p_.x.batch + g * p_.x.group + (g * I + i) * p_.x.channel;
      const std::int64_t w_channel = g * p_.w.group + oo * p_.w.out + i * p_.w.in;
      for (const Tap& d : taps_d_) {
        for (const Tap& h : taps_h_) {
          for (const Tap& w : taps_w_) {
            sum = std::fma(input(x_channel, d, h, w), weight(w_channel, d, h, w), sum);
          }
        }
      }
    }
    if (p_.has_bias) sum += Element::load(tensors_.bias + o * Element::kBytes);
    return activate(p_.activation, sum);
  }

  Accumulator input(std::int64_t channel, const Tap& d, const Tap& h, const Tap& w) const {
    if (d.input == kPadValue || h.input == kPadValue || w.input == kPadValue) {
      return static_cast<Accumulator>(p_.pad_value);
    }
    const auto& s = p_.x.axes;
    const std::int64_t at = channel + d.input * s[0] + h.input * s[1] + w.input * s[2];
    return Element::load(tensors_.x + at * Element::kBytes);
  }

  Accumulator weight(std::int64_t channel, const Tap& d, const Tap& h, const Tap& w) const {
    std::int64_t at = channel;
    for (auto [a, tap] : {std::pair{0U, &d}, {1U, &h}, {2U, &w}}) {
      const std::int64_t last = p_.axes[a].kernel - 1;
      at += (p_.flip_kernel ? last - tap->kernel : tap->kernel) * p_.w.axes[a];
    }
    return Element::load(tensors_.w + at * Element::kBytes);
  }

  const Problem& p_;
  const Operands& tensors_;
  std::vector<Tap> taps_d_, taps_h_, taps_w_;
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
