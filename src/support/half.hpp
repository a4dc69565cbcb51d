// Half-precision storage formats: IEEE 754 binary16 and bfloat16, widened exactly and narrowed
// with one rounding to nearest even.
#pragma once
#include <cstdint>

namespace tconv::support {

float float_from_half(std::uint16_t bits);
std::uint16_t half_from_float(float value);
std::uint16_t half_from_double(double value);

float float_from_bfloat16(std::uint16_t bits);
std::uint16_t bfloat16_from_float(float value);
std::uint16_t bfloat16_from_double(double value);

}  // namespace tconv::support
