// One accumulator per output element; taps in the order of tconv/problem.hpp, one fused
// multiply-add each. std::fma and not `+ x * w`: the fast kernels fuse, and bits must be equal.
// The taps of all axes but the last are joined beforehand, so that any number of axes is two loops.
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

// A tap along one axis or several: distances in elements.
struct JoinedTap {
  std::int64_t x = 0;  // or kPadding, where Problem::pad_value is read
  std::int64_t w = 0;
};
constexpr std::int64_t kPadding = std::numeric_limits<std::int64_t>::min();

JoinedTap join(const JoinedTap& outer, const JoinedTap& inner) {
  const bool padding = outer.x == kPadding || inner.x == kPadding;
  return {.x = padding ? kPadding : outer.x + inner.x, .w = outer.w + inner.w};
}

template <typename Element>
class Reference {
  using Accumulator = typename Element::Accumulator;

 public:
  Reference(const Problem& problem, const Operands& operands) : p_(problem), tensors_(operands) {}

  void run() {
    const auto extents = output_extents(p_);
    assert(extents);
    const std::vector<JoinedTap> start{{.x = p_.x.first}};
    if (p_.rank == 0) return run_pixel(p_.y.first, start, {JoinedTap{}});
    run_axis(static_cast<std::size_t>(kMaxAxes - p_.rank), *extents, p_.y.first, start);
  }

 private:
  // Each output position along axis a; those before it have come to y_at, and to `taps`.
  void run_axis(std::size_t a, const Extents& extents, std::int64_t y_at,
                const std::vector<JoinedTap>& taps) {
    std::vector<JoinedTap> own, joined;
    for (std::int64_t position = 0; position < extents[a]; ++position) {
      read_taps(a, position, own);
      const std::int64_t at = y_at + position * p_.y.axes[a];
      if (a + 1 == kMaxAxes) {
        run_pixel(at, taps, own);
        continue;
      }
      joined.clear();
      for (const JoinedTap& outer : taps) {
        for (const JoinedTap& inner : own) joined.push_back(join(outer, inner));
      }
      run_axis(a + 1, extents, at, joined);
    }
  }

  void read_taps(std::size_t a, std::int64_t position, std::vector<JoinedTap>& taps) {
    axis_taps(p_, p_.axes[a], position, scratch_);
    taps.clear();
    for (const Tap& tap : scratch_) {
      const std::int64_t kernel = p_.flip_kernel ? p_.axes[a].kernel - 1 - tap.kernel : tap.kernel;
      taps.push_back({.x = tap.input == kPadValue ? kPadding : tap.input * p_.x.axes[a],
                      .w = kernel * p_.w.axes[a]});
    }
  }

  void run_pixel(std::int64_t y_at, const std::vector<JoinedTap>& rows,
                 const std::vector<JoinedTap>& taps) const {
    for (std::int64_t n = 0; n < p_.batch; ++n) {
      for (std::int64_t o = 0; o < p_.out_channels; ++o) {
        const std::int64_t at = y_at + n * p_.y.batch + o * p_.y.channel;
        Element::store(output(n, o, rows, taps), tensors_.y + at * Element::kBytes);
      }
    }
  }

  Accumulator output(std::int64_t n, std::int64_t o, const std::vector<JoinedTap>& rows,
                     const std::vector<JoinedTap>& taps) const {
    const std::int64_t I = p_.in_channels / p_.groups;
    const std::int64_t O = p_.out_channels / p_.groups;
    const std::int64_t g = o / O;
    const std::int64_t oo = o % O;
    Accumulator sum = 0;
    for (std::int64_t i = 0; i < I; ++i) {
      const std::int64_t x = n * p_.x.batch + g * p_.x.group + (g * I + i) * p_.x.channel;
      const std::int64_t w = g * p_.w.group + oo * p_.w.out + i * p_.w.in;
      for (const JoinedTap& row : rows) {
        for (const JoinedTap& last : taps) {
          const JoinedTap tap = join(row, last);
          const Accumulator value = tap.x == kPadding
                                        ? static_cast<Accumulator>(p_.pad_value)
                                        : Element::load(tensors_.x + (x + tap.x) * Element::kBytes);
          sum = std::fma(value, Element::load(tensors_.w + (w + tap.w) * Element::kBytes), sum);
        }
      }
    }
    if (p_.has_bias) sum += Element::load(tensors_.bias + o * Element::kBytes);
    return activate(p_.activation, sum);
  }

  const Problem& p_;
  const Operands& tensors_;
  std::vector<Tap> scratch_{};
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
