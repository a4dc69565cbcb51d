// float16 and bfloat16: exact widening of all 65536 patterns, and one rounding to nearest even on
// the way back, from float and from double.
#include "support/half.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace tconv::support {
namespace {

struct Format {
  std::string name;
  float (*widen)(std::uint16_t);
  std::uint16_t (*from_float)(float);
  std::uint16_t (*from_double)(double);
  int mantissa_bits;
  int least_exponent;  // of a normal number
  std::uint16_t infinity;
};

const Format kFormats[] = {
    {"float16", &float_from_half, &half_from_float, &half_from_double, 10, -14, 0x7c00},
    {"bfloat16", &float_from_bfloat16, &bfloat16_from_float, &bfloat16_from_double, 7, -126,
     0x7f80},
};

// What the format's definition says, in floating-point arithmetic.
double value_by_definition(const Format& format, std::uint16_t bits) {
  const int exponent_mask = format.infinity >> format.mantissa_bits;
  const int exponent = (bits >> format.mantissa_bits) & exponent_mask;
  const int fraction = bits & ((1 << format.mantissa_bits) - 1);
  const int significand = exponent == 0 ? fraction : fraction + (1 << format.mantissa_bits);
  const int scale = std::max(exponent, 1) - 1 + format.least_exponent - format.mantissa_bits;
  return std::copysign(std::ldexp(significand, scale), bits >= 0x8000 ? -1.0 : 1.0);
}

bool is_special(const Format& format, std::uint16_t bits) {
  return (bits & format.infinity) == format.infinity;
}

TEST_CASE("half: all finite patterns widen by the definition and narrow to themselves") {
  for (const Format& format : kFormats) {
    CAPTURE(format.name);
    int failures = 0;
    for (int i = 0; i <= 0xffff; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      if (is_special(format, bits)) continue;
      const float wide = format.widen(bits);
      const bool right =
          wide == value_by_definition(format, bits) && std::signbit(wide) == (bits >= 0x8000) &&
          format.from_float(wide) == bits && format.from_double(static_cast<double>(wide)) == bits;
      failures += right ? 0 : 1;
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("half: infinities stay, a NaN stays one, quiet, with its sign and payload") {
  for (const Format& format : kFormats) {
    CAPTURE(format.name);
    const int quiet_bit = 1 << (format.mantissa_bits - 1);
    int failures = 0;
    for (int i = 0; i <= 0xffff; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      if (!is_special(format, bits)) continue;
      const float wide = format.widen(bits);
      const bool infinite = (bits & 0x7fff) == format.infinity;
      const int expected = infinite ? bits : bits | quiet_bit;
      const bool right = (infinite ? std::isinf(wide) : std::isnan(wide)) &&
                         std::signbit(wide) == (bits >= 0x8000) &&
                         format.from_float(wide) == expected &&
                         format.from_double(static_cast<double>(wide)) == expected;
      failures += right ? 0 : 1;
    }
    CHECK(failures == 0);
  }
  // A payload that lives only in the bits cut off must not turn into an infinity.
  const auto tiny_payload = std::bit_cast<float>(0x7f800001U);
  CHECK(half_from_float(tiny_payload) == 0x7e00);
  CHECK(bfloat16_from_float(tiny_payload) == 0x7fc0);
  CHECK(half_from_double(std::bit_cast<double>(std::uint64_t{0xfff0000000000001U})) == 0xfe00);
}

// Between two neighbours: the exact middle goes to the even one, a hair off it to the nearer one.
TEST_CASE("half: every tie goes to even, and a hair to either side does not") {
  for (const Format& format : kFormats) {
    CAPTURE(format.name);
    int failures = 0;
    for (int i = 0; i + 1 < format.infinity; ++i) {
      const auto low = static_cast<std::uint16_t>(i);
      const auto high = static_cast<std::uint16_t>(i + 1);
      const auto even = low % 2 == 0 ? low : high;
      const double middle =
          (value_by_definition(format, low) + value_by_definition(format, high)) / 2;
      const double above = std::nextafter(middle, std::numeric_limits<double>::infinity());
      const double below = std::nextafter(middle, 0.0);
      const auto middle_float = static_cast<float>(middle);
      bool right = format.from_double(middle) == even && format.from_double(above) == high &&
                   format.from_double(below) == low &&
                   format.from_double(-middle) == (even | 0x8000);
      if (static_cast<double>(middle_float) == middle) {  // not so for the least bfloat16
        right = right && format.from_float(middle_float) == even &&
                format.from_float(
                    std::nextafter(middle_float, std::numeric_limits<float>::infinity())) == high &&
                format.from_float(std::nextafter(middle_float, 0.0F)) == low;
      }
      failures += right ? 0 : 1;
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("half: past the largest value lies infinity, from half a step on") {
  CHECK(half_from_double(65519.999) == 0x7bff);
  CHECK(half_from_double(65520.0) == 0x7c00);
  CHECK(half_from_float(65519.99F) == 0x7bff);
  CHECK(half_from_float(65520.0F) == 0x7c00);
  CHECK(half_from_double(-1e300) == 0xfc00);
  CHECK(bfloat16_from_float(0x1.fep127F) == 0x7f7f);
  CHECK(bfloat16_from_float(0x1.ffp127F) == 0x7f80);
  CHECK(bfloat16_from_double(1e300) == 0x7f80);
  CHECK(bfloat16_from_double(0x1p128) == 0x7f80);
}

TEST_CASE("half: what is too small becomes a zero of its sign") {
  CHECK(half_from_double(0x1p-25) == 0);  // a tie between zero and the least subnormal
  CHECK(half_from_double(0x1.0000000000001p-25) == 1);
  CHECK(half_from_double(-5e-324) == 0x8000);
  CHECK(half_from_float(std::numeric_limits<float>::denorm_min()) == 0);
  CHECK(bfloat16_from_float(std::numeric_limits<float>::denorm_min()) == 0);
  CHECK(bfloat16_from_double(-0x1p-134) == 0x8000);
  CHECK(bfloat16_from_double(5e-324) == 0);
}

// Through float, 1 + 2^-11 + 2^-40 first becomes the tie 1 + 2^-11 and then the even 1.
TEST_CASE("half: a double is rounded once, not by way of float") {
  const double value = 1.0 + 0x1p-11 + 0x1p-40;
  CHECK(half_from_double(value) == 0x3c01);
  CHECK(half_from_float(static_cast<float>(value)) == 0x3c00);
  CHECK(bfloat16_from_double(1.0 + 0x1p-8 + 0x1p-40) == 0x3f81);
}

TEST_CASE("half: random floats and doubles round to a nearest value") {
  std::mt19937_64 random(2024);
  for (const Format& format : kFormats) {
    CAPTURE(format.name);
    int failures = 0;
    for (int i = 0; i < 200000; ++i) {
      const auto value =
          static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
      if (!std::isfinite(value)) continue;
      const std::uint16_t bits = format.from_double(value);
      failures += format.from_float(static_cast<float>(value)) == bits ? 0 : 1;
      if (is_special(format, bits)) continue;
      const double distance = std::abs(value - value_by_definition(format, bits));
      for (const int step : {-1, 1}) {
        const auto neighbour = static_cast<std::uint16_t>(bits + step);
        if (is_special(format, neighbour) || (neighbour ^ bits) >= 0x8000) continue;
        failures += distance <= std::abs(value - value_by_definition(format, neighbour)) ? 0 : 1;
      }
    }
    CHECK(failures == 0);
  }
}

}  // namespace
}  // namespace tconv::support
