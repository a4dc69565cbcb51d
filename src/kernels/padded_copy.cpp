#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/padded_copy.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include <algorithm>

#include "kernels/padded_copy.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

// The least magnitude met, of what is not zero. As unsigned integers, twice the bits of magnitudes
// less one are in the magnitudes' order, but for zero, which comes last.
template <typename T>
class Least {
  using D = hn::ScalableTag<T>;
  using U = hn::RebindToUnsigned<D>;

 public:
  HWY_INLINE Least() : least_(hn::Set(U(), hwy::LimitsMax<hn::TFromD<U>>())) {}
  HWY_INLINE void meet(hn::Vec<D> v) {
    const auto bits = hn::BitCast(U(), v);
    least_ = hn::Min(least_, hn::Sub(hn::Add(bits, bits), hn::Set(U(), 1)));
  }
  HWY_INLINE bool is_at_least(T bound) const {
    const auto bits = hn::BitCast(U(), hn::Set(D(), bound));
    const auto order = hn::Sub(hn::Add(bits, bits), hn::Set(U(), 1));
    return bound <= 0 || hn::AllFalse(U(), hn::Lt(least_, order));
  }

 private:
  hn::Vec<U> least_;
};

template <typename T>
HWY_INLINE void clear(T* from, const T* end) {
  const hn::ScalableTag<T> d;
  for (; from < end; from += hn::MaxLanes(d)) hn::StoreU(hn::Zero(d), d, from);
}

// Whole vectors are stored, beyond the end of a row, too: the next one is written after it.
template <typename T>
bool copy_whole(const PaddedCopy<T>& a) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  Least<T> least;
  const std::int64_t whole = a.length / kLanes * kLanes;
  const auto rest = hn::FirstN(d, static_cast<std::size_t>(a.length - whole));
  for (std::int64_t r = 0; r < a.count; ++r) {
    const T* const from = reinterpret_cast<const T*>(a.x + r * a.step);
    T* const to = a.to + r * a.pitch;
    const auto store = [&](std::int64_t i, auto v) HWY_ATTR {
      least.meet(v);
      hn::StoreU(v, d, to + i);
    };
    for (std::int64_t i = 0; i < whole; i += kLanes) store(i, hn::LoadU(d, from + i));
    store(whole, hn::MaskedLoad(rest, d, from + whole));
    clear(to + whole + kLanes, to + a.pitch);
  }
  return least.is_at_least(a.least);
}

template <typename T>
bool copy_halves(const PaddedCopy<T>& a) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  Least<T> least;
  const std::int64_t half = a.pitch / 2;
  const std::int64_t whole = a.length / (2 * kLanes) * kLanes, rest = a.length - 2 * whole;
  const auto low_rest = hn::FirstN(d, static_cast<std::size_t>(std::min(rest, kLanes)));
  const auto high_rest =
      hn::FirstN(d, static_cast<std::size_t>(std::max<std::int64_t>(0, rest - kLanes)));
  for (std::int64_t r = 0; r < a.count; ++r) {
    const T* const from = reinterpret_cast<const T*>(a.x + r * a.step);
    T* const to = a.to + r * a.pitch;
    const auto store = [&](std::int64_t i, auto low, auto high) HWY_ATTR {
      least.meet(low);
      least.meet(high);
      hn::StoreU(hn::ConcatEven(d, high, low), d, to + i);
      hn::StoreU(hn::ConcatOdd(d, high, low), d, to + half + i);
    };
    clear(to + whole + kLanes, to + half);
    for (std::int64_t i = 0; i < whole; i += kLanes) {
      store(i, hn::LoadU(d, from + 2 * i), hn::LoadU(d, from + 2 * i + kLanes));
    }
    const T* const at = from + 2 * whole;
    store(whole, hn::MaskedLoad(low_rest, d, at), hn::MaskedLoad(high_rest, d, at + kLanes));
    clear(to + half + whole + kLanes, to + a.pitch);
  }
  return least.is_at_least(a.least);
}

template <typename T>
bool copy(const PaddedCopy<T>& a, std::int64_t stride) {
  return stride == 1 ? copy_whole(a) : copy_halves(a);
}

CopyPadded<float>* copy_f32() { return copy<float>; }
CopyPadded<double>* copy_f64() { return copy<double>; }

#else

CopyPadded<float>* copy_f32() { return nullptr; }
CopyPadded<double>* copy_f64() { return nullptr; }

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

CopyPadded<float>* copy_padded(float) { return TCONV_DISPATCH(copy_f32)(); }
CopyPadded<double>* copy_padded(double) { return TCONV_DISPATCH(copy_f64)(); }

}  // namespace tconv::kernels
#endif
