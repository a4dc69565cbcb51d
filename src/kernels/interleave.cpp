#include "kernels/interleave.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/interleave.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

template <typename T>
void interleave_row(const Interleave<T>& rows, const T* from, std::byte* to) {
  std::int64_t l = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  const auto row = [&](int f) { return hn::LoadU(d, from + f * rows.phase_pitch + l); };
  for (; (l + kLanes) * rows.phases <= rows.count && rows.phases <= 4; l += kLanes) {
    T* const y = reinterpret_cast<T*>(to) + l * rows.phases;
    switch (rows.phases) {
      case 2: hn::StoreInterleaved2(row(0), row(1), d, y); break;
      case 3: hn::StoreInterleaved3(row(0), row(1), row(2), d, y); break;
      default: hn::StoreInterleaved4(row(0), row(1), row(2), row(3), d, y);
    }
  }
  if (rows.phases == 2 && 2 * l < rows.count) {  // what is left of the row, less than two vectors
    alignas(64) T both[2 * kLanes];
    hn::StoreInterleaved2(row(0), row(1), d, both);
    const std::int64_t left = rows.count - 2 * l;
    T* const y = reinterpret_cast<T*>(to) + 2 * l;
    const std::int64_t first = left < kLanes ? left : kLanes;
    hn::BlendedStore(hn::Load(d, both), hn::FirstN(d, static_cast<std::size_t>(first)), d, y);
    if (left > kLanes) {
      hn::BlendedStore(hn::Load(d, both + kLanes),
                       hn::FirstN(d, static_cast<std::size_t>(left - kLanes)), d, y + kLanes);
    }
    return;
  }
#endif
  for (std::int64_t i = l * rows.phases; i < rows.count; ++i) {
    const T result = from[i % rows.phases * rows.phase_pitch + i / rows.phases];
    std::memcpy(to + i * static_cast<std::int64_t>(sizeof(T)), &result, sizeof(T));
  }
}

template <typename T>
void interleave_rows(const Interleave<T>& rows) {
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    interleave_row(rows, rows.from + r * rows.from_pitch, rows.y + r * rows.y_pitch);
  }
}

void interleave_f32(const Interleave<float>& rows) { interleave_rows(rows); }
void interleave_f64(const Interleave<double>& rows) { interleave_rows(rows); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

void interleave(const Interleave<float>& rows) { TCONV_DISPATCH(interleave_f32)(rows); }
void interleave(const Interleave<double>& rows) { TCONV_DISPATCH(interleave_f64)(rows); }

}  // namespace tconv::kernels
#endif
