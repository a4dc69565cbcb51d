#include "kernels/half_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/half_rows.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

// Other targets emulate the conversions, with other NaN.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

using Floats = hn::ScalableTag<float>;
using Bits = hn::Rebind<std::uint16_t, Floats>;
constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

// The processor's own conversions round to nearest even, and keep subnormals.
struct Float16 {
  HWY_INLINE static hn::Vec<Floats> widen(hn::Vec<Bits> bits) {
    return hn::PromoteTo(Floats(), hn::BitCast(hn::Rebind<hwy::float16_t, Floats>(), bits));
  }
  HWY_INLINE static hn::Vec<Bits> narrow(hn::Vec<Floats> v) {
    return hn::BitCast(Bits(), hn::DemoteTo(hn::Rebind<hwy::float16_t, Floats>(), v));
  }
};

// The upper half of a float, rounded to nearest even; NaN quiet.
struct BFloat16 {
  using Words = hn::RebindToUnsigned<Floats>;
  HWY_INLINE static hn::Vec<Floats> widen(hn::Vec<Bits> bits) {
    const Words d;
    const auto wide = hn::BitCast(Floats(), hn::ShiftLeft<16>(hn::PromoteTo(d, bits)));
    const auto quiet = hn::BitCast(Floats(), hn::Or(hn::BitCast(d, wide), hn::Set(d, 0x400000U)));
    return hn::IfThenElse(hn::IsNaN(wide), quiet, wide);
  }
  HWY_INLINE static hn::Vec<Bits> narrow(hn::Vec<Floats> v) {
    const Words d;
    const hn::RebindToSigned<Floats> di;
    const auto word = hn::BitCast(d, v);
    const auto odd = hn::And(hn::ShiftRight<16>(word), hn::Set(d, 1U));
    const auto rounded = hn::ShiftRight<16>(hn::Add(word, hn::Add(odd, hn::Set(d, 0x7fffU))));
    const auto quiet = hn::Or(hn::ShiftRight<16>(word), hn::Set(d, 0x40U));
    const auto nan = hn::MaskFromVec(hn::BitCast(d, hn::VecFromMask(Floats(), hn::IsNaN(v))));
    return hn::DemoteTo(Bits(), hn::BitCast(di, hn::IfThenElse(nan, quiet, rounded)));
  }
};

template <class Format>
void widen(const std::byte* from, std::int64_t count, float* to) {
  const Bits bits;
  for (; count >= kLanes; count -= kLanes, from += 2 * kLanes, to += kLanes) {
    const auto* const at = reinterpret_cast<const std::uint16_t*>(from);
    hn::StoreU(Format::widen(hn::LoadU(bits, at)), Floats(), to);
  }
  if (count == 0) return;
  alignas(32) std::uint16_t rest[kLanes] = {};
  alignas(64) float wide[kLanes];
  std::memcpy(rest, from, static_cast<std::size_t>(count) * sizeof rest[0]);
  hn::Store(Format::widen(hn::Load(bits, rest)), Floats(), wide);
  std::memcpy(to, wide, static_cast<std::size_t>(count) * sizeof wide[0]);
}

template <class Format>
void narrow(const float* from, std::int64_t count, std::byte* to) {
  const Bits bits;
  for (; count >= kLanes; count -= kLanes, from += kLanes, to += 2 * kLanes) {
    auto* const at = reinterpret_cast<std::uint16_t*>(to);
    hn::StoreU(Format::narrow(hn::LoadU(Floats(), from)), bits, at);
  }
  if (count == 0) return;
  alignas(64) float wide[kLanes] = {};
  alignas(32) std::uint16_t rest[kLanes];
  std::memcpy(wide, from, static_cast<std::size_t>(count) * sizeof wide[0]);
  hn::Store(Format::narrow(hn::Load(Floats(), wide)), bits, rest);
  std::memcpy(to, rest, static_cast<std::size_t>(count) * sizeof rest[0]);
}

#else

struct Float16 {
  using Scalar = Float16Element;
};
struct BFloat16 {
  using Scalar = BFloat16Element;
};

template <class Format>
void widen(const std::byte* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = Format::Scalar::load(from + 2 * i);
}

template <class Format>
void narrow(const float* from, std::int64_t count, std::byte* to) {
  for (std::int64_t i = 0; i < count; ++i) Format::Scalar::store(from[i], to + 2 * i);
}

#endif

template <class Format>
const HalfRows& rows_of() {
  static constexpr HalfRows kRows = {.widen = widen<Format>, .narrow = narrow<Format>};
  return kRows;
}
const HalfRows& float16_rows() { return rows_of<Float16>(); }
const HalfRows& bfloat16_rows() { return rows_of<BFloat16>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const HalfRows& half_rows(Float16Element) { return TCONV_DISPATCH(float16_rows)(); }
const HalfRows& half_rows(BFloat16Element) { return TCONV_DISPATCH(bfloat16_rows)(); }

}  // namespace tconv::kernels
#endif
