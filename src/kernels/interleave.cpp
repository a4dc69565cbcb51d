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

#if HWY_TARGET != HWY_SCALAR
// A vector of each phase from element l on. `to` has room for all of them.
template <class D, typename T>
void interleave_vectors(D d, const Interleave<T>& rows, const T* from, T* to) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  const auto row = [&](int f) { return hn::LoadU(d, from + f * rows.phase_pitch); };
  // Six and eight phases: the even ones, the odd ones, and those two.
  const auto halves = [&](const T* even, const T* odd) {
    for (std::int64_t v = 0; v < rows.phases / 2 * kLanes; v += kLanes) {
      hn::StoreInterleaved2(hn::Load(d, even + v), hn::Load(d, odd + v), d, to + 2 * v);
    }
  };
  alignas(64) T even[4 * kLanes], odd[4 * kLanes];
  switch (rows.phases) {
    case 2: return hn::StoreInterleaved2(row(0), row(1), d, to);
    case 3: return hn::StoreInterleaved3(row(0), row(1), row(2), d, to);
    case 4: return hn::StoreInterleaved4(row(0), row(1), row(2), row(3), d, to);
    case 6:
      hn::StoreInterleaved3(row(0), row(2), row(4), d, even);
      hn::StoreInterleaved3(row(1), row(3), row(5), d, odd);
      return halves(even, odd);
    case 8:
      hn::StoreInterleaved4(row(0), row(2), row(4), row(6), d, even);
      hn::StoreInterleaved4(row(1), row(3), row(5), row(7), d, odd);
      return halves(even, odd);
    default:
      for (std::int64_t i = 0; i < rows.phases * kLanes; ++i) {
        to[i] = from[i % rows.phases * rows.phase_pitch + i / rows.phases];
      }
  }
}

template <class D, typename T>
void store_first(D d, const T* from, std::int64_t count, T* to) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(hn::Load(d, from + i), d, to + i);
  if (i == count) return;
  const auto rest = hn::FirstN(d, static_cast<std::size_t>(count - i));
  hn::BlendedStore(hn::Load(d, from + i), rest, d, to + i);
}

template <typename T>
void interleave_row(const Interleave<T>& rows, const T* from, std::byte* to) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  T* const y = reinterpret_cast<T*>(to);
  std::int64_t i = 0;
  for (; i + rows.phases * kLanes <= rows.count; i += rows.phases * kLanes, from += kLanes) {
    interleave_vectors(d, rows, from, y + i);
  }
  if (i == rows.count) return;
  alignas(64) T rest[kMaxInterleaved * kLanes];
  interleave_vectors(d, rows, from, rest);
  store_first(d, rest, rows.count - i, y + i);
}
#else
template <typename T>
void interleave_row(const Interleave<T>& rows, const T* from, std::byte* to) {
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const T result = from[i % rows.phases * rows.phase_pitch + i / rows.phases];
    std::memcpy(to + i * static_cast<std::int64_t>(sizeof(T)), &result, sizeof(T));
  }
}
#endif

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
