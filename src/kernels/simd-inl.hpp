// What the kernels share inside one instruction set. Included once per target, after highway.h.
#if defined(TCONV_KERNELS_SIMD_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_SIMD_INL_HPP
#undef TCONV_KERNELS_SIMD_INL_HPP
#else
#define TCONV_KERNELS_SIMD_INL_HPP
#endif

#include <cstddef>
#include <cstring>

// Of a lambda that is a part of the loop it is called in.
#undef TCONV_INLINED
#define TCONV_INLINED __attribute__((always_inline))

#undef TCONV_UNROLL
#define TCONV_UNROLL _Pragma("GCC unroll 32")

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr const char* kTargetName = HWY_TARGET == HWY_AVX3   ? "AVX3"
                                    : HWY_TARGET == HWY_AVX2 ? "AVX2"
                                    : HWY_TARGET == HWY_SSE4 ? "SSE4"
                                    : HWY_TARGET == HWY_NEON ? "NEON"
                                                             : "scalar";

// Keeps a loaded vector in a register. GCC 12 otherwise folds the load into every multiply-add that
// uses it, loads it as often, and halves the speed.
template <class V>
HWY_INLINE V pinned(V v) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  asm("" : "+v"(v.raw));
#endif
  return v;
}

#if HWY_TARGET == HWY_AVX3
// Keeps a mask in a mask register. GCC 12 otherwise reads several as one vector, and takes that to
// pieces again in the loop.
template <class Mask>
HWY_INLINE Mask pinned_mask(Mask mask) {
  asm("" : "+Yk"(mask.raw));
  return mask;
}
#endif

// Keeps an address out of vector registers, where GCC 12 otherwise gathers those of a loop and
// makes the sums spill.
template <typename Address>
HWY_INLINE Address in_register(Address address) {
#if HWY_ARCH_X86
  asm("" : "+r"(address));
#endif
  return address;
}

// sum + x*w in the lanes of the mask, sum in the others. A lane that is passed over keeps its bits
// even where the weight is not finite.
template <class D, class V>
HWY_INLINE V masked_mul_add(D d, hn::Mask<D> mask, V x, V w, V sum) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (sizeof(V) == 64 && sizeof(hn::TFromD<D>) == 4) {
    return V{_mm512_mask3_fmadd_ps(x.raw, w.raw, sum.raw, mask.raw)};
  } else if constexpr (sizeof(V) == 64) {
    return V{_mm512_mask3_fmadd_pd(x.raw, w.raw, sum.raw, mask.raw)};
  }
#endif
  static_cast<void>(d);
  return hn::IfThenElse(mask, hn::MulAdd(x, w, sum), sum);
}

// Sums of a tile before anything is added: +0.
template <class V, int kRows, int kVectors>
HWY_INLINE void clear(V (&sums)[kRows][kVectors]) {
  TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(hn::DFromV<V>());
  }
}

// max(0, v), where NaN stays.
template <class D, class V>
HWY_INLINE V relu(D d, V v) {
  return hn::IfThenElse(hn::Lt(v, hn::Zero(d)), hn::Zero(d), v);
}

// Elements 0, 2, 4, ... of two vectors side by side.
template <class D, class V>
HWY_INLINE V even_elements(D d, V high, V low) {
#if HWY_TARGET == HWY_SCALAR
  static_cast<void>(d);
  static_cast<void>(high);
  return low;
#else
  return hn::ConcatEven(d, high, low);
#endif
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
