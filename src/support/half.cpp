// Half-precision storage formats, in integer arithmetic so that the rounding is in plain sight.
// Layouts: IEEE 754-2019 §3.4 (binary16: 5 exponent bits, 10 of mantissa); bfloat16 is the upper
// half of a binary32.
#include "support/half.hpp"

#include <bit>
#include <limits>

namespace tconv::support {
namespace {

// A binary interchange format by its field widths.
template <typename BitsType, int kExponentBits, int kMantissaBits>
struct Layout {
  using Bits = BitsType;
  static constexpr int kExponent = kExponentBits;
  static constexpr int kMantissa = kMantissaBits;
  static constexpr int kBias = (1 << (kExponentBits - 1)) - 1;
  static constexpr int kSpecial = (1 << kExponentBits) - 1;  // exponent of infinities and NaN
};
using Half = Layout<std::uint16_t, 5, 10>;
using BFloat16 = Layout<std::uint16_t, 8, 7>;
using Single = Layout<std::uint32_t, 8, 23>;
using Double = Layout<std::uint64_t, 11, 52>;

// `bits` of From rounded once to To, ties to even. Past the largest value lies infinity; a NaN
// stays one, quiet, with its sign and the leading bits of its payload.
template <typename From, typename To>
typename To::Bits narrow(typename From::Bits bits) {
  using Bits = typename From::Bits;
  constexpr Bits kImplicitBit = Bits{1} << From::kMantissa;
  constexpr int kDropped = From::kMantissa - To::kMantissa;

  const auto sign = static_cast<typename To::Bits>((bits >> (From::kExponent + From::kMantissa))
                                                   << (To::kExponent + To::kMantissa));
  const int exponent = static_cast<int>((bits >> From::kMantissa) & From::kSpecial);
  const Bits fraction = bits & (kImplicitBit - 1);
  constexpr Bits kInfinity = Bits{To::kSpecial} << To::kMantissa;
  const auto signed_bits = [sign](Bits magnitude) {
    return static_cast<typename To::Bits>(sign | magnitude);
  };

  if (exponent == From::kSpecial) {
    if (fraction == 0) return signed_bits(kInfinity);
    constexpr Bits kQuietBit = Bits{1} << (To::kMantissa - 1);
    return signed_bits(kInfinity | kQuietBit | (fraction >> kDropped));
  }

  int target_exponent = exponent - From::kBias + To::kBias;
  if (target_exponent >= To::kSpecial) return signed_bits(kInfinity);
  Bits significand = fraction;
  int shift = kDropped;
  if (exponent != 0) {
    significand |= kImplicitBit;
  } else {
    ++target_exponent;  // a subnormal's exponent is that of the least normal number
  }
  if (target_exponent < 1) {  // subnormal in To: the implicit bit moves into the fraction
    shift += 1 - target_exponent;
    target_exponent = 1;
  }
  if (shift > From::kMantissa + 1) return signed_bits(0);  // below half of the least subnormal

  Bits rounded = significand >> shift;
  const Bits rest = significand & ((Bits{1} << shift) - 1);
  const Bits halfway = Bits{1} << (shift - 1);
  if (rest > halfway || (rest == halfway && (rounded & 1) != 0)) ++rounded;
  // The implicit bit, where there is one, adds the last 1 to the exponent; a carry out of the
  // fraction does the same, up to infinity.
  return signed_bits((static_cast<Bits>(target_exponent - 1) << To::kMantissa) + rounded);
}

}  // namespace

float float_from_half(std::uint16_t bits) {
  const std::uint32_t sign = (std::uint32_t{bits} & 0x8000U) << 16;
  const std::uint32_t exponent = (std::uint32_t{bits} >> Half::kMantissa) & Half::kSpecial;
  const std::uint32_t fraction = std::uint32_t{bits} & 0x3ffU;
  constexpr int kWidened = Single::kMantissa - Half::kMantissa;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24, exact in float
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  if (exponent == Half::kSpecial) {
    constexpr std::uint32_t kSpecial = std::uint32_t{Single::kSpecial} << Single::kMantissa;
    const std::uint32_t quiet = fraction == 0 ? 0 : 1U << (Single::kMantissa - 1);
    return std::bit_cast<float>(sign | kSpecial | quiet | (fraction << kWidened));
  }
  const std::uint32_t rebiased = exponent + (Single::kBias - Half::kBias);
  return std::bit_cast<float>(sign | (rebiased << Single::kMantissa) | (fraction << kWidened));
}

std::uint16_t half_from_float(float value) {
  return narrow<Single, Half>(std::bit_cast<std::uint32_t>(value));
}

std::uint16_t half_from_double(double value) {
  return narrow<Double, Half>(std::bit_cast<std::uint64_t>(value));
}

float float_from_bfloat16(std::uint16_t bits) {
  const auto value = std::bit_cast<float>(std::uint32_t{bits} << 16);
  if (value == value) return value;
  return std::bit_cast<float>((std::uint32_t{bits} << 16) | 0x400000U);  // quiet
}

std::uint16_t bfloat16_from_float(float value) {
  return narrow<Single, BFloat16>(std::bit_cast<std::uint32_t>(value));
}

std::uint16_t bfloat16_from_double(double value) {
  return narrow<Double, BFloat16>(std::bit_cast<std::uint64_t>(value));
}

}  // namespace tconv::support
