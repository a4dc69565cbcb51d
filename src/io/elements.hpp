// Typed access to the elements of a tensor's bytes, which a file may have left unaligned.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "support/half.hpp"
#include "tconv/dtype.hpp"

namespace tconv::io {

// The elements of each dtype as C++ holds them; the halves are only bits to C++.
struct HalfBits {
  std::uint16_t bits = 0;
};
struct BFloat16Bits {
  std::uint16_t bits = 0;
};

inline float widened(HalfBits value) { return support::float_from_half(value.bits); }
inline float widened(BFloat16Bits value) { return support::float_from_bfloat16(value.bits); }
inline float widened(float value) { return value; }
inline double widened(double value) { return value; }

// A float or double rounded once to the element type.
template <typename Element, typename Value>
Element rounded(Value value) {
  if constexpr (std::is_same_v<Element, HalfBits>) {
    if constexpr (std::is_same_v<Value, float>) return {support::half_from_float(value)};
    if constexpr (std::is_same_v<Value, double>) return {support::half_from_double(value)};
  } else if constexpr (std::is_same_v<Element, BFloat16Bits>) {
    if constexpr (std::is_same_v<Value, float>) return {support::bfloat16_from_float(value)};
    if constexpr (std::is_same_v<Value, double>) return {support::bfloat16_from_double(value)};
  } else {
    return static_cast<Element>(value);
  }
}

// Any byte but zero is a true bool, as NumPy reads them.
template <typename Element>
Element load(const std::byte* bytes, std::int64_t index) {
  if constexpr (std::is_same_v<Element, bool>) return bytes[index] != std::byte{0};
  Element value{};
  std::memcpy(&value, bytes + index * static_cast<std::int64_t>(sizeof(Element)), sizeof(Element));
  return value;
}

template <typename Element>
void store(std::byte* bytes, std::int64_t index, Element value) {
  std::memcpy(bytes + index * static_cast<std::int64_t>(sizeof(Element)), &value, sizeof(Element));
}

// visit(Element{}) with the C++ type of `dtype`.
template <typename Visitor>
decltype(auto) with_element_type(DType dtype, Visitor&& visit) {
  switch (dtype) {
    case DType::Bool: return visit(bool{});
    case DType::Int8: return visit(std::int8_t{});
    case DType::Int16: return visit(std::int16_t{});
    case DType::Int32: return visit(std::int32_t{});
    case DType::Int64: return visit(std::int64_t{});
    case DType::UInt8: return visit(std::uint8_t{});
    case DType::UInt16: return visit(std::uint16_t{});
    case DType::UInt32: return visit(std::uint32_t{});
    case DType::UInt64: return visit(std::uint64_t{});
    case DType::Float16: return visit(HalfBits{});
    case DType::BFloat16: return visit(BFloat16Bits{});
    case DType::Float32: return visit(float{});
    case DType::Float64: break;
  }
  return visit(double{});
}

}  // namespace tconv::io
