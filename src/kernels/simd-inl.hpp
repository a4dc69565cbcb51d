// What the kernels share inside one instruction set. Included once per target, after highway.h.
#if defined(TCONV_KERNELS_SIMD_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_SIMD_INL_HPP
#undef TCONV_KERNELS_SIMD_INL_HPP
#else
#define TCONV_KERNELS_SIMD_INL_HPP
#endif

#include <cstddef>
#include <cstring>

#undef TCONV_UNROLL
#define TCONV_UNROLL _Pragma("GCC unroll 32")

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Keeps a loaded vector in a register. GCC 12 otherwise folds the load into every multiply-add that
// uses it, loads it as often, and halves the speed.
template <class V>
HWY_INLINE V pinned(V v) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  asm("" : "+v"(v.raw));
#endif
  return v;
}

template <typename T>
HWY_INLINE T load_unaligned(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_SIMD_INL_HPP
