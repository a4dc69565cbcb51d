// Vectors as columns of a matrix in memory. Included once per target, after simd-inl.hpp.
#if defined(TCONV_KERNELS_TRANSPOSE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_TRANSPOSE_INL_HPP
#undef TCONV_KERNELS_TRANSPOSE_INL_HPP
#else
#define TCONV_KERNELS_TRANSPOSE_INL_HPP
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {

template <int kValue>
using Constant = std::integral_constant<int, kValue>;

// Vectors are transposed within their blocks of 16 bytes, the unit that every x86 target shuffles
// in one instruction, and stored block by block: block number b goes to row b*kBlockLanes.
#if HWY_TARGET == HWY_SCALAR
template <typename T>
constexpr int kBlockLanes = 1;

template <int kFirst, typename T, class V, int kPixels, int kVectors>
HWY_INLINE void store_transposed(const V (&sums)[kPixels][kVectors], int v, std::byte* to,
                                 std::int64_t) {
  hn::StoreU(sums[kFirst][v], hn::ScalableTag<T>(), reinterpret_cast<T*>(to));
}
#else
template <typename T>
constexpr int kBlockLanes = 16 / static_cast<int>(sizeof(T));

template <int kCount, class D, class V>
HWY_INLINE void store_blocks(D d, V v, std::byte* to, std::int64_t pitch) {
  using T = hn::TFromD<D>;
  if constexpr (hn::MaxLanes(D()) > kBlockLanes<T>) {
    const hn::Half<D> half;
    const auto rows = static_cast<std::int64_t>(hn::MaxLanes(D()) / 2);
    store_blocks<kCount>(half, hn::LowerHalf(half, v), to, pitch);
    store_blocks<kCount>(half, hn::UpperHalf(half, v), to + rows * pitch, pitch);
  } else if constexpr (kCount == kBlockLanes<T>) {
    hn::StoreU(v, d, reinterpret_cast<T*>(to));
  } else {
    alignas(16) T block[kBlockLanes<T>];
    hn::Store(v, d, block);
    std::memcpy(to, block, kCount * sizeof(T));
  }
}

// One block of pixels from kFirst on: lane c of pixel m goes to row c, element m - kFirst.
template <int kFirst, typename T, class V, int kPixels, int kVectors>
HWY_INLINE void store_transposed(const V (&sums)[kPixels][kVectors], int v, std::byte* to,
                                 std::int64_t pitch) {
  const hn::ScalableTag<T> d;
  constexpr int kCount = std::min(kBlockLanes<T>, kPixels - kFirst);
  const auto pixel = [&](auto m) {
    if constexpr (kFirst + m() < kPixels)
      return sums[kFirst + m()][v];
    else
      return hn::Zero(d);
  };
  const V p0 = pixel(Constant<0>()), p1 = pixel(Constant<1>());
  if constexpr (kBlockLanes<T> == 2) {
    store_blocks<kCount>(d, hn::InterleaveLower(d, p0, p1), to, pitch);
    store_blocks<kCount>(d, hn::InterleaveUpper(d, p0, p1), to + pitch, pitch);
  } else {
    const V p2 = pixel(Constant<2>()), p3 = pixel(Constant<3>());
    const V low02 = hn::InterleaveLower(d, p0, p2), low13 = hn::InterleaveLower(d, p1, p3);
    const V high02 = hn::InterleaveUpper(d, p0, p2), high13 = hn::InterleaveUpper(d, p1, p3);
    store_blocks<kCount>(d, hn::InterleaveLower(d, low02, low13), to, pitch);
    store_blocks<kCount>(d, hn::InterleaveUpper(d, low02, low13), to + pitch, pitch);
    store_blocks<kCount>(d, hn::InterleaveLower(d, high02, high13), to + 2 * pitch, pitch);
    store_blocks<kCount>(d, hn::InterleaveUpper(d, high02, high13), to + 3 * pitch, pitch);
  }
}
#endif

template <int kFirst, typename T, class V, int kPixels, int kVectors>
HWY_INLINE void store_all_transposed(const V (&sums)[kPixels][kVectors], std::byte* to,
                                     std::int64_t pitch) {
  if constexpr (kFirst < kPixels) {
    constexpr auto kRows = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      store_transposed<kFirst, T>(sums, v, to + v * kRows * pitch, pitch);
    }
    constexpr int kNext = kFirst + kBlockLanes<T>;
    store_all_transposed<kNext, T>(sums, to + kBlockLanes<T> * sizeof(T), pitch);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_TRANSPOSE_INL_HPP
