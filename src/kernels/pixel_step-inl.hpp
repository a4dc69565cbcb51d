// One step of pixel_tile.hpp, and what comes before and after all of them, for any element type.
// Included once per target.
#if defined(TCONV_KERNELS_PIXEL_STEP_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef TCONV_KERNELS_PIXEL_STEP_INL_HPP
#undef TCONV_KERNELS_PIXEL_STEP_INL_HPP
#else
#define TCONV_KERNELS_PIXEL_STEP_INL_HPP
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <utility>

#include "kernels/pixel_tile.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

// Sums, the vectors of one step and a weight fill the registers.
constexpr int kMaxSums = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 24 : 12;

// Without masked loads a tile could touch memory beyond the tensor: such targets have none.
constexpr bool kMasks = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

// The mask of vector v.
template <class D>
HWY_INLINE hn::Mask<D> mask_of(D d, const std::uint64_t& lanes, int v) {
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  if constexpr (kLanes >= 8) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&lanes);  // little endian: x86 only
    return hn::LoadMaskBits(d, bytes + static_cast<std::size_t>(v) * kLanes / 8);
  } else {
    const std::uint64_t bits = lanes >> (static_cast<std::size_t>(v) * kLanes);
    std::uint8_t bytes[8];
    std::memcpy(bytes, &bits, sizeof bytes);
    return hn::LoadMaskBits(d, bytes);
  }
}

// Of three vectors or more, only the first and the last may have lanes to pass over.
constexpr bool is_end(int v, int vectors) { return v == 0 || v + 1 == vectors; }

// Plain: every step names every slot and every lane; a function of its own, since the others' many
// loops leave too few registers for addresses. All: every lane. Some: the first and the last vector
// have masks. Readable: the same, but lanes that are passed over may be loaded, which spares
// AVX-512 an operation in the multiply-adds' place. Strided: all vectors have masks, and lanes read
// every other element.
enum class Lanes { Plain, All, Some, Readable, Strided };

// Calls take for the first and the last of the units or rows that a run names.
template <class Take>
HWY_INLINE void for_range(int range, const Take& take) {
  static_assert(kMaxRange == 4);
  switch (range) {
    case 0: return take(std::integer_sequence<int, 0, 0>());
    case 1: return take(std::integer_sequence<int, 0, 1>());
    case 2: return take(std::integer_sequence<int, 0, 2>());
    case 3: return take(std::integer_sequence<int, 0, 3>());
    case 5: return take(std::integer_sequence<int, 1, 1>());
    case 6: return take(std::integer_sequence<int, 1, 2>());
    case 7: return take(std::integer_sequence<int, 1, 3>());
    case 10: return take(std::integer_sequence<int, 2, 2>());
    case 11: return take(std::integer_sequence<int, 2, 3>());
    default: return take(std::integer_sequence<int, 3, 3>());
  }
}

// Where a channel of the tile begins, in x and from the weights' first on.
template <typename T, class Weights>
struct Channel {
  const PixelTile<T>& tile;
  const Weights& weights;
  const std::byte* x = nullptr;
  std::int64_t w = 0;

  HWY_INLINE void next() {
    x += tile.x_channel;
    w += tile.w_channel;
  }
};

template <typename T>
HWY_INLINE void fetch_lines(const PixelTile<T>& tile, const std::byte* x) {
  for (std::int64_t l = 0; l < tile.lines_count; ++l) hwy::Prefetch(x + tile.lines[l]);
}

// The masks of a step's vectors, read where they are needed.
struct StepMasks {
  const PixelStep& step;

  template <class D>
  HWY_INLINE hn::Mask<D> at(D d, int v) const {
    return mask_of(d, step.lanes, v);
  }
  template <class D>
  HWY_INLINE hn::Mask<D> elements(D d, int v) const {
    return mask_of(d, step.elements, v);
  }
};

// One step of one channel for the slots of Taken, those of `slots` alone where kSome: lane 0 reads
// x_at, and the weights are at w_at from the slots' first.
template <class Taken, bool kSome, Lanes kNamed, typename T, class Weights, class Masks, class V,
          int kSlots, int kVectors>
HWY_INLINE void take_step(const std::byte* x_at, const Weights& weights, std::int64_t w_at,
                          const Masks& masks, std::uint32_t slots, V (&sums)[kSlots][kVectors]) {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  constexpr bool kAllLanes = kNamed == Lanes::Plain || kNamed == Lanes::All;
  constexpr bool kMaskedEnds = kNamed == Lanes::Some || kNamed == Lanes::Readable;
  const T* const at = reinterpret_cast<const T*>(x_at);
  V x[kVectors];
  hn::Mask<decltype(d)> mask[kVectors];
  TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
    if constexpr (kNamed == Lanes::Strided) {
      const T* const pair = at + 2 * v * kLanes;
      mask[v] = masks.at(d, v);
      x[v] = pinned(even_elements(d, hn::MaskedLoad(masks.elements(d, 2 * v + 1), d, pair + kLanes),
                                  hn::MaskedLoad(masks.elements(d, 2 * v), d, pair)));
    } else if (kAllLanes || !is_end(v, kVectors)) {
      x[v] = pinned(hn::LoadU(d, at + v * kLanes));
    } else {
      mask[v] = masks.at(d, v);
      x[v] = pinned(kNamed == Lanes::Readable ? hn::LoadU(d, at + v * kLanes)
                                              : hn::MaskedLoad(mask[v], d, at + v * kLanes));
    }
  }
  TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
    if (!Taken::has(s) || (kSome && (slots & (1U << s)) == 0)) continue;
    const V weight = hn::Set(d, weights.at(s, w_at));
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      if (kAllLanes || (kMaskedEnds && !is_end(v, kVectors))) {
        sums[s][v] = hn::MulAdd(x[v], weight, sums[s][v]);
      } else {
        sums[s][v] = masked_mul_add(d, mask[v], x[v], weight, sums[s][v]);
      }
    }
  }
}

// The bias and relu, and the sums into y or the results.
template <typename T, class V, int kSlots, int kVectors>
HWY_INLINE void finish(const PixelTile<T>& tile, std::int64_t repeat, V (&sums)[kSlots][kVectors]) {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  TCONV_UNROLL for (int s = 0; s < kSlots; ++s) {
    if (tile.bias != nullptr) {
      const V bias = hn::Set(d, tile.bias[s]);
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) sums[s][v] = hn::Add(sums[s][v], bias);
    }
    if (tile.relu) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) { sums[s][v] = relu(d, sums[s][v]); }
    }
    if (tile.y == nullptr) {
      TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
        hn::StoreU(sums[s][v], d, tile.results + s * kMaxTileLanes + v * kLanes);
      }
      continue;
    }
    if ((tile.stored & (1U << s)) == 0) continue;
    T* const y = reinterpret_cast<T*>(tile.y + repeat * tile.y_repeat + tile.y_slots[s]);
    TCONV_UNROLL for (int v = 0; v < kVectors; ++v) {
      const int left = tile.pixels - v * kLanes;
      if (left >= kLanes) {
        hn::StoreU(sums[s][v], d, y + v * kLanes);
      } else if (left > 0) {
        hn::BlendedStore(sums[s][v], hn::FirstN(d, static_cast<std::size_t>(left)), d,
                         y + v * kLanes);
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#endif  // TCONV_KERNELS_PIXEL_STEP_INL_HPP
