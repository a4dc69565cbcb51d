// Elements of a dense tensor as doubles, one at a time or along a line.
#pragma once
#include <cmath>
#include <cstdint>
#include <span>

#include "io/elements.hpp"
#include "io/tensor.hpp"

namespace tconv::diff {

class Elements {
 public:
  // The tensor is native (io::gathered); positions count elements from its first one. It is kept.
  explicit Elements(const io::Tensor& dense);

  double at(std::int64_t position) const { return at_(data_, position); }

  // out[i] = at(first + i * slope).
  void gather(std::int64_t first, std::int64_t slope, std::span<double> out) const {
    gather_(data_, first, slope, out);
  }

 private:
  std::shared_ptr<const std::byte> owner_;
  const std::byte* data_ = nullptr;
  double (*at_)(const std::byte*, std::int64_t) = nullptr;
  void (*gather_)(const std::byte*, std::int64_t, std::int64_t, std::span<double>) = nullptr;
};

// Rounded to the dtype, float16 or bfloat16, and widened again.
inline double rounded_to(DType dtype, double value) {
  if (dtype == DType::Float16) return double{io::widened(io::rounded<io::HalfBits>(value))};
  return double{io::widened(io::rounded<io::BFloat16Bits>(value))};
}

// The furthest that a number is from `value`, which it was rounded to.
inline double half_ulp(DType dtype, double value) {
  const bool half = dtype == DType::Float16;
  const int smallest = half ? -14 : -126;  // exponent of normal numbers
  const int exponent = value == 0 ? smallest : std::max(std::ilogb(value), smallest);
  return std::ldexp(1.0, exponent - (half ? 11 : 8));
}

}  // namespace tconv::diff
