#include "kernels/transposed_copy.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transposed_copy.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"
#include "kernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

template <typename T>
void copy(const TransposedCopy<T>& a) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  constexpr std::int64_t kPixels = kBlockLanes<T>;
  const std::int64_t vectors = a.channels / kLanes * kLanes, blocks = a.pixels / kPixels * kPixels;
  for (std::int64_t c = 0; c < vectors; c += kLanes) {
    const std::byte* from = a.from + c * static_cast<std::int64_t>(sizeof(T));
    for (std::int64_t m = 0; m < blocks; m += kPixels, from += kPixels * a.from_pitch) {
      hn::Vec<decltype(d)> pixels[kPixels][1];
      TCONV_UNROLL for (std::int64_t p = 0; p < kPixels; ++p) {
        pixels[p][0] = hn::LoadU(d, reinterpret_cast<const T*>(from + p * a.from_pitch));
      }
      store_all_transposed<0, T>(pixels, reinterpret_cast<std::byte*>(a.to + c * a.to_pitch + m),
                                 a.to_pitch * static_cast<std::int64_t>(sizeof(T)));
    }
  }
  for (std::int64_t m = 0; m < a.pixels; ++m) {
    const std::byte* const from = a.from + m * a.from_pitch;
    for (std::int64_t c = m < blocks ? vectors : 0; c < a.channels; ++c) {
      a.to[c * a.to_pitch + m] = load_unaligned<T>(from + c * static_cast<std::int64_t>(sizeof(T)));
    }
  }
}

void copy_f32(const TransposedCopy<float>& a) { copy(a); }
void copy_f64(const TransposedCopy<double>& a) { copy(a); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

void copy_transposed(const TransposedCopy<float>& copy) { TCONV_DISPATCH(copy_f32)(copy); }
void copy_transposed(const TransposedCopy<double>& copy) { TCONV_DISPATCH(copy_f64)(copy); }

}  // namespace tconv::kernels
#endif
