// Elements as kernels see them: stored in a tensor's dtype, computed with in the wider one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "support/half.hpp"

namespace tconv::kernels {

// Each storage format has an Accumulator type, load() and store(); addresses may be unaligned.
template <typename T>
struct NativeElement {
  using Accumulator = T;
  static constexpr std::int64_t kBytes = sizeof(T);
  static T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  static void store(T value, std::byte* to) { std::memcpy(to, &value, sizeof value); }
};

// Whether sums are kept in the format that is stored.
template <typename Element>
inline constexpr bool kIsNative =
    std::is_same_v<Element, NativeElement<typename Element::Accumulator>>;

using Float32Element = NativeElement<float>;
using Float64Element = NativeElement<double>;

template <float (*Widen)(std::uint16_t), std::uint16_t (*Narrow)(float)>
struct HalfElement {
  using Accumulator = float;
  static constexpr std::int64_t kBytes = 2;
  static float load(const std::byte* from) {
    return Widen(NativeElement<std::uint16_t>::load(from));
  }
  static void store(float value, std::byte* to) {
    NativeElement<std::uint16_t>::store(Narrow(value), to);
  }
};

using Float16Element = HalfElement<support::float_from_half, support::half_from_float>;
using BFloat16Element = HalfElement<support::float_from_bfloat16, support::bfloat16_from_float>;

}  // namespace tconv::kernels
