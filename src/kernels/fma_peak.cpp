#include "kernels/fma_peak.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fma_peak.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which includes this file once per instruction set.
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels::HWY_NAMESPACE {
namespace {

// Twelve chains hide a latency of up to six cycles on two ports, and leave registers for the
// factors even where there are sixteen. x = x/2 + 1/2 goes to 1: no overflow, no denormals. Each
// starts elsewhere, as a compiler computes equal chains once.
template <typename T>
std::int64_t FmaRounds(std::int64_t rounds) {
  const hn::ScalableTag<T> d;
  const auto half = hn::Set(d, T{0.5});
  auto c0 = hn::Set(d, T{1}), c1 = hn::Set(d, T{2}), c2 = hn::Set(d, T{3});
  auto c3 = hn::Set(d, T{4}), c4 = hn::Set(d, T{5}), c5 = hn::Set(d, T{6});
  auto c6 = hn::Set(d, T{7}), c7 = hn::Set(d, T{8}), c8 = hn::Set(d, T{9});
  auto c9 = hn::Set(d, T{10}), c10 = hn::Set(d, T{11}), c11 = hn::Set(d, T{12});
  constexpr std::int64_t kChains = 12;
  for (std::int64_t i = 0; i < rounds; ++i) {
    c0 = hn::MulAdd(c0, half, half);
    c1 = hn::MulAdd(c1, half, half);
    c2 = hn::MulAdd(c2, half, half);
    c3 = hn::MulAdd(c3, half, half);
    c4 = hn::MulAdd(c4, half, half);
    c5 = hn::MulAdd(c5, half, half);
    c6 = hn::MulAdd(c6, half, half);
    c7 = hn::MulAdd(c7, half, half);
    c8 = hn::MulAdd(c8, half, half);
    c9 = hn::MulAdd(c9, half, half);
    c10 = hn::MulAdd(c10, half, half);
    c11 = hn::MulAdd(c11, half, half);
  }
  const auto sum = hn::Add(
      hn::Add(hn::Add(hn::Add(c0, c1), hn::Add(c2, c3)), hn::Add(hn::Add(c4, c5), hn::Add(c6, c7))),
      hn::Add(hn::Add(c8, c9), hn::Add(c10, c11)));
  // Read, so that the compiler cannot leave the work out.
  volatile T read = hn::GetLane(sum);
  static_cast<void>(read);
  return 2 * kChains * rounds * static_cast<std::int64_t>(hn::Lanes(d));
}

std::int64_t FmaRoundsF32(std::int64_t rounds) { return FmaRounds<float>(rounds); }
std::int64_t FmaRoundsF64(std::int64_t rounds) { return FmaRounds<double>(rounds); }
std::string_view FmaTarget() { return kTargetName; }

}  // namespace
}  // namespace tconv::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {
std::int64_t fma_rounds_f32(std::int64_t rounds) { return TCONV_DISPATCH(FmaRoundsF32)(rounds); }
std::int64_t fma_rounds_f64(std::int64_t rounds) { return TCONV_DISPATCH(FmaRoundsF64)(rounds); }
std::string_view fma_target() { return TCONV_DISPATCH(FmaTarget)(); }

}  // namespace tconv::kernels
#endif
