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
void interleave_one_by_one(const Interleave<T>& rows, const T* from, T* to) {
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const T result = from[i % rows.phases * rows.phase_pitch + i / rows.phases];
    std::memcpy(to + i, &result, sizeof(T));
  }
}

#if HWY_TARGET != HWY_SCALAR
// A vector of each phase from `from` on. `to` has room for all of them.
template <int kPhases, class D, typename T>
HWY_INLINE void interleave_vectors(D d, const T* from, std::int64_t pitch, T* to) {
  const auto row = [&](int f) HWY_ATTR { return hn::LoadU(d, from + f * pitch); };
  if constexpr (kPhases == 2) {
    hn::StoreInterleaved2(row(0), row(1), d, to);
  } else if constexpr (kPhases == 3) {
    hn::StoreInterleaved3(row(0), row(1), row(2), d, to);
  } else if constexpr (kPhases == 4) {
    hn::StoreInterleaved4(row(0), row(1), row(2), row(3), d, to);
  } else {  // the even ones, the odd ones, and these two
    constexpr int kHalf = kPhases / 2, kLanes = static_cast<int>(hn::MaxLanes(D()));
    alignas(64) T even[kHalf * kLanes], odd[kHalf * kLanes];
    interleave_vectors<kHalf>(d, from, 2 * pitch, even);
    interleave_vectors<kHalf>(d, from + pitch, 2 * pitch, odd);
    for (int v = 0; v < kHalf * kLanes; v += kLanes) {
      hn::StoreInterleaved2(hn::Load(d, even + v), hn::Load(d, odd + v), d, to + 2 * v);
    }
  }
}

template <int kPhases, typename T>
void interleave_row(const Interleave<T>& rows, const T* from, T* to) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  std::int64_t left = rows.count;
  for (; left >= kPhases * kLanes; left -= kPhases * kLanes, from += kLanes) {
    interleave_vectors<kPhases>(d, from, rows.phase_pitch, to);
    to += kPhases * kLanes;
  }
  if (left == 0) return;
  alignas(64) T rest[kPhases * kLanes];
  interleave_vectors<kPhases>(d, from, rows.phase_pitch, rest);
  TCONV_UNROLL for (int v = 0; v < kPhases * kLanes; v += kLanes) {
    const std::int64_t count = left - v < kLanes ? left - v : kLanes;
    if (count <= 0) return;
    hn::BlendedStore(hn::Load(d, rest + v), hn::FirstN(d, static_cast<std::size_t>(count)), d,
                     to + v);
  }
}
#else
template <int, typename T>
void interleave_row(const Interleave<T>& rows, const T* from, T* to) {
  interleave_one_by_one(rows, from, to);
}
#endif

template <typename T>
using Row = void (*)(const Interleave<T>& rows, const T* from, T* to);

template <typename T>
Row<T> row_of(std::int64_t phases) {
  switch (phases) {
    case 2: return interleave_row<2, T>;
    case 3: return interleave_row<3, T>;
    case 4: return interleave_row<4, T>;
    case 6: return interleave_row<6, T>;
    case 8: return interleave_row<8, T>;
    default: return interleave_one_by_one<T>;
  }
}

template <typename T>
void interleave_rows(const Interleave<T>& rows) {
  const Row<T> interleave_row = row_of<T>(rows.phases);
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    interleave_row(rows, rows.from + r * rows.from_pitch,
                   reinterpret_cast<T*>(rows.y + r * rows.y_pitch));
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
