#include "kernels/winograd_transforms.hpp"

#include <algorithm>

#include "kernels/winograd_points.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_transforms.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/simd-inl.hpp"
#include "kernels/target.hpp"
#include "kernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tconv::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr bool kMasks = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

template <typename T>
constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));

// The squares and products of F(4, 3)'s points a and b.
template <typename T>
struct Points4 {
  static constexpr T a = static_cast<T>(kNearPoint), b = static_cast<T>(kFarPoint);
  static constexpr T aa = a * a, bb = b * b, aaa = a * aa, bbb = b * bb;
  static constexpr T sum = aa + bb, product = aa * bb;
};

// B^T d.
template <int kTile, typename T, class V>
HWY_INLINE void to_points(const V (&x)[kTile + 2], V (&p)[kTile + 2]) {
  if constexpr (kTile == 2) {
    p[0] = hn::Sub(x[2], x[0]);
    p[1] = hn::Add(x[2], x[1]);
    p[2] = hn::Sub(x[2], x[1]);
    p[3] = hn::Sub(x[3], x[1]);
  } else {
    const hn::ScalableTag<T> d;
    using P = Points4<T>;
    const V a = hn::Set(d, P::a), b = hn::Set(d, P::b);
    const V aa = hn::Set(d, P::aa), bb = hn::Set(d, P::bb);
    const V sum = hn::Set(d, P::sum), product = hn::Set(d, P::product);
    p[0] = hn::MulAdd(product, x[0], hn::NegMulAdd(sum, x[2], x[4]));
    const V even_a = hn::NegMulAdd(bb, x[2], x[4]), odd_a = hn::NegMulAdd(bb, x[1], x[3]);
    p[1] = hn::MulAdd(a, odd_a, even_a);
    p[2] = hn::NegMulAdd(a, odd_a, even_a);
    const V even_b = hn::NegMulAdd(aa, x[2], x[4]), odd_b = hn::NegMulAdd(aa, x[1], x[3]);
    p[3] = hn::MulAdd(b, odd_b, even_b);
    p[4] = hn::NegMulAdd(b, odd_b, even_b);
    p[5] = hn::MulAdd(product, x[1], hn::NegMulAdd(sum, x[3], x[5]));
  }
}

// A^T m.
template <int kTile, typename T, class V>
HWY_INLINE void from_points(const V (&m)[kTile + 2], V (&y)[kTile]) {
  const V sum_a = hn::Add(m[1], m[2]), difference_a = hn::Sub(m[1], m[2]);
  if constexpr (kTile == 2) {
    y[0] = hn::Add(m[0], sum_a);
    y[1] = hn::Add(m[3], difference_a);
  } else {
    const hn::ScalableTag<T> d;
    using P = Points4<T>;
    const V sum_b = hn::Add(m[3], m[4]), difference_b = hn::Sub(m[3], m[4]);
    y[0] = hn::Add(hn::Add(sum_a, sum_b), m[0]);
    y[1] = hn::MulAdd(hn::Set(d, P::b), difference_b, hn::Mul(hn::Set(d, P::a), difference_a));
    y[2] = hn::MulAdd(hn::Set(d, P::bb), sum_b, hn::Mul(hn::Set(d, P::aa), sum_a));
    y[3] = hn::MulAdd(hn::Set(d, P::bbb), difference_b,
                      hn::MulAdd(hn::Set(d, P::aaa), difference_a, m[5]));
  }
}

// Along the rows' axis; one row stays as it is.
template <int kTile, int kRows, typename T, class V>
HWY_INLINE void rows_to_points(const V (&x)[kRows], V (&p)[kRows]) {
  if constexpr (kRows == 1) {
    p[0] = x[0];
  } else {
    to_points<kTile, T>(x, p);
  }
}

template <int kRows, typename T>
HWY_INLINE void clear_columns(const WinogradStrip<T>& s, std::int64_t begin, std::int64_t end) {
  const hn::ScalableTag<T> d;
  for (std::int64_t i = begin * kRows; i < end * kRows; ++i) {
    hn::Store(hn::Zero(d), d, s.strip + i * kLanes<T>);
  }
}

// Channels side by side.
template <int kTile, int kRows, typename T>
HWY_NOINLINE void strip_of_channels(const WinogradStrip<T>& s) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto present = hn::FirstN(d, static_cast<std::size_t>(s.channels));
  const bool whole = s.channels == kLanes<T>;
  for (std::int64_t c = s.column_begin; c < s.column_end; ++c) {
    const std::byte* const column = s.x + c * s.column;
    V x[kRows], p[kRows];
    TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
      x[r] = hn::Zero(d);
      if (r < s.row_begin || r >= s.row_end) continue;
      const T* const from = reinterpret_cast<const T*>(column + r * s.row);
      x[r] = whole ? hn::LoadU(d, from) : hn::MaskedLoad(present, d, from);
    }
    rows_to_points<kTile, kRows, T>(x, p);
    T* const to = s.strip + c * kRows * kLanes<T>;
    TCONV_UNROLL for (int r = 0; r < kRows; ++r) hn::Store(p[r], d, to + r * kLanes<T>);
  }
}

// Columns side by side: vectors of them, a few channels at a time, are transposed on the way.
template <int kTile, int kRows, typename T>
HWY_NOINLINE void strip_of_columns(const WinogradStrip<T>& s) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr std::int64_t kPitch = kRows * kLanes<T>;
  constexpr int kChannels = kBlockLanes<T>;
  for (std::int64_t first = 0; first < kLanes<T>; first += kChannels) {
    for (std::int64_t c = s.column_begin; c < s.column_end; c += kLanes<T>) {
      const auto inside = hn::FirstN(
          d, static_cast<std::size_t>(std::min<std::int64_t>(kLanes<T>, s.column_end - c)));
      V p[kRows][kChannels][1];
      TCONV_UNROLL for (int m = 0; m < kChannels; ++m) {
        V x[kRows], own[kRows];
        const std::byte* const from = s.x + (first + m) * s.channel + c * s.column;
        TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
          x[r] = hn::Zero(d);
          if (r < s.row_begin || r >= s.row_end || first + m >= s.channels) continue;
          // Of the next channels: so many short rows are no stream that the processor foresees.
          hwy::Prefetch(from + r * s.row + kChannels * s.channel);
          x[r] = hn::MaskedLoad(inside, d, reinterpret_cast<const T*>(from + r * s.row));
        }
        rows_to_points<kTile, kRows, T>(x, own);
        TCONV_UNROLL for (int r = 0; r < kRows; ++r) p[r][m][0] = own[r];
      }
      TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
        T* const to = s.strip + c * kPitch + r * kLanes<T> + first;
        store_transposed<0, T>(p[r], 0, reinterpret_cast<std::byte*>(to),
                               kPitch * static_cast<std::int64_t>(sizeof(T)));
      }
    }
  }
}

template <int kTile, int kRows, typename T>
void strip(const WinogradStrip<T>& s) {
  const bool of_channels = s.channel == static_cast<std::int64_t>(sizeof(T));
  of_channels ? strip_of_channels<kTile, kRows>(s) : strip_of_columns<kTile, kRows>(s);
  clear_columns<kRows>(s, 0, s.column_begin);
  clear_columns<kRows>(s, s.column_end, s.columns);
}

template <int kTile, int kRows, typename T>
HWY_NOINLINE void points(const WinogradPoints<T>& s) {
  const hn::ScalableTag<T> d;
  constexpr int kPoints = kTile + 2;
  constexpr std::int64_t kColumn = kRows * kLanes<T>;
  for (std::int64_t t = 0; t < s.tiles; ++t) {
    const T* const from = s.strip + t * kTile * kColumn;
    T* to = s.points + t * kLanes<T>;
    for (int r = 0; r < kRows; ++r) {
      hn::Vec<decltype(d)> x[kPoints], p[kPoints];
      TCONV_UNROLL for (int j = 0; j < kPoints; ++j) {
        x[j] = hn::Load(d, from + j * kColumn + r * kLanes<T>);
      }
      to_points<kTile, T>(x, p);
      TCONV_UNROLL for (int j = 0; j < kPoints; ++j, to += s.point) hn::Store(p[j], d, to);
    }
  }
}

template <int kCount, typename T, class V, int kTile>
HWY_INLINE void store_columns(const V (&y)[kTile][1], std::byte* to, std::int64_t pitch) {
  V some[kCount][1];
  TCONV_UNROLL for (int j = 0; j < kCount; ++j) some[j][0] = y[j][0];
  store_all_transposed<0, T>(some, to, pitch);
}

template <typename T, class V, int kTile>
HWY_INLINE void store_row(const WinogradResults<T>& s, const V (&y)[kTile][1], std::byte* to) {
  const hn::ScalableTag<T> d;
  if (s.y_channel == static_cast<std::int64_t>(sizeof(T))) {
    TCONV_UNROLL for (int j = 0; j < kTile; ++j) {
      if (j < s.columns) hn::StoreU(y[j][0], d, reinterpret_cast<T*>(to + j * s.y_column));
    }
    return;
  }
  if (s.columns == kTile) return store_columns<kTile, T>(y, to, s.y_channel);
  if (s.columns == 1) return store_columns<1, T>(y, to, s.y_channel);
  if constexpr (kTile == 4) {
    if (s.columns == 2) return store_columns<2, T>(y, to, s.y_channel);
    store_columns<3, T>(y, to, s.y_channel);
  }
}

// Neither putting rows of y together before they are copied out nor prefetching their lines is
// faster, even where planes are multiples of 4 KiB apart.
template <int kTile, int kRows, typename T>
HWY_NOINLINE bool results(const WinogradResults<T>& s) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kPoints = kTile + 2, kResultRows = kRows == 1 ? 1 : kTile;
  V columns[kResultRows][kPoints];
  TCONV_UNROLL for (int j = 0; j < kPoints; ++j) {
    V m[kRows];
    TCONV_UNROLL for (int r = 0; r < kRows; ++r) {
      m[r] = hn::Load(d, s.sums + (r * kPoints + j) * s.point);
    }
    if constexpr (kRows == 1) {
      columns[0][j] = m[0];
    } else {
      V y[kTile];
      from_points<kTile, T>(m, y);
      TCONV_UNROLL for (int i = 0; i < kTile; ++i) columns[i][j] = y[i];
    }
  }
  const V zero = hn::Zero(d);
  const V bias = s.bias == nullptr ? zero : hn::Load(d, s.bias);
  V spoiled = zero;  // zero times a number that is not finite is NaN
  TCONV_UNROLL for (int i = 0; i < kResultRows; ++i) {
    V row[kTile], y[kTile][1];
    from_points<kTile, T>(columns[i], row);
    TCONV_UNROLL for (int j = 0; j < kTile; ++j) {
      if (s.bias != nullptr) row[j] = hn::Add(row[j], bias);
      spoiled = hn::MulAdd(row[j], zero, spoiled);
      y[j][0] = s.relu ? hn::IfThenElse(hn::Lt(row[j], zero), zero, row[j]) : row[j];
    }
    if (s.y == nullptr) {
      TCONV_UNROLL for (int j = 0; j < kTile; ++j) {
        hn::Store(row[j], d, s.results + (i * kTile + j) * kLanes<T>);
      }
    } else if (i < s.rows) {
      store_row(s, y, s.y + i * s.y_row);
    }
  }
  return hn::AllTrue(d, hn::Eq(spoiled, zero));
}

template <typename T, int kTile, int kRows>
const WinogradTransforms<T>& transforms_of() {
  static constexpr WinogradTransforms<T> kTransforms{.masks = kMasks,
                                                     .strip = strip<kTile, kRows, T>,
                                                     .points = points<kTile, kRows, T>,
                                                     .results = results<kTile, kRows, T>};
  return kTransforms;
}

template <typename T>
const WinogradTransforms<T>& transforms(int tile, bool plane) {
  if (tile == 2) return plane ? transforms_of<T, 2, 4>() : transforms_of<T, 2, 1>();
  return plane ? transforms_of<T, 4, 6>() : transforms_of<T, 4, 1>();
}

const WinogradTransforms<float>& transforms_f32(int tile, bool plane) {
  return transforms<float>(tile, plane);
}
const WinogradTransforms<double>& transforms_f64(int tile, bool plane) {
  return transforms<double>(tile, plane);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace tconv::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tconv::kernels {

const WinogradTransforms<float>& winograd_transforms(float, int tile, bool plane) {
  return TCONV_DISPATCH(transforms_f32)(tile, plane);
}
const WinogradTransforms<double>& winograd_transforms(double, int tile, bool plane) {
  return TCONV_DISPATCH(transforms_f64)(tile, plane);
}

}  // namespace tconv::kernels
#endif
