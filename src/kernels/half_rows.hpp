// Rows of half precision widened and narrowed, with the bits of support/half.hpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/element.hpp"

namespace tconv::kernels {

// Rows in the storage format may lie unaligned; nothing beyond `count` elements is touched.
struct HalfRows {
  void (*widen)(const std::byte* from, std::int64_t count, float* to) = nullptr;
  void (*narrow)(const float* from, std::int64_t count, std::byte* to) = nullptr;
};

const HalfRows& half_rows(Float16Element);
const HalfRows& half_rows(BFloat16Element);

// Elements side by side, to and from the format that sums are kept in.
template <typename Element>
void load_row(const std::byte* from, std::int64_t count, typename Element::Accumulator* to) {
  if constexpr (kIsNative<Element>) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof *to);
  } else {
    half_rows(Element()).widen(from, count, to);
  }
}

template <typename Element>
void store_row(const typename Element::Accumulator* from, std::int64_t count, std::byte* to) {
  if constexpr (kIsNative<Element>) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof *from);
  } else {
    half_rows(Element()).narrow(from, count, to);
  }
}

}  // namespace tconv::kernels
