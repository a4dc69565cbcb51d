// The reference is the judge of every other kernel, so it is judged here by the formula itself,
// written as a scatter or a gather over plain arrays, on integers, where every sum is exact.
#include "kernels/reference.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <random>

#include "kernels/taps.hpp"
#include "support/half.hpp"

namespace tconv::kernels {
namespace {

using Values = std::vector<double>;

std::int64_t volume(const Extents& e) {
  return std::accumulate(e.begin(), e.end(), std::int64_t{1}, std::multiplies<>());
}

Extents of_axes(const Problem& p, std::int64_t Axis::*member) {
  Extents e{};
  std::transform(p.axes.begin(), p.axes.end(), e.begin(), std::mem_fn(member));
  return e;
}
Extents inputs(const Problem& p) { return of_axes(p, &Axis::input); }
Extents kernels(const Problem& p) { return of_axes(p, &Axis::kernel); }

Extents row_major(const Extents& e) {
  Extents strides{};
  std::int64_t stride = 1;
  for (std::size_t a = kMaxAxes; a-- > 0; stride *= e[a]) strides[a] = stride;
  return strides;
}

// The position of the element that a row-major array has at `index`.
Extents position_of(std::int64_t index, const Extents& e) {
  Extents position{};
  for (std::size_t a = kMaxAxes; a-- > 0; index /= e[a]) position[a] = index % e[a];
  return position;
}

// Dense channels-first tensors, weights as PyTorch lays them out.
void make_dense(Problem& p, const Extents& y) {
  const Extents x = inputs(p), k = kernels(p);
  p.x = {.batch = p.in_channels * volume(x), .channel = volume(x), .axes = row_major(x)};
  p.y = {.batch = p.out_channels * volume(y), .channel = volume(y), .axes = row_major(y)};
  const std::int64_t I = p.in_channels / p.groups, O = p.out_channels / p.groups;
  const bool forward = p.direction == Direction::Forward;
  p.w = {.group = I * O * volume(k),
         .out = forward ? I * volume(k) : volume(k),
         .in = forward ? volume(k) : O * volume(k),
         .axes = row_major(k)};
}

// full[n,o, t*s + j*d] += x[n,i,t] * w[i,oo,j], cropped: straight from tconv/problem.hpp.
Values scattered(const Problem& p, const Extents& Y, const Values& x, const Values& w,
                 const Values& bias) {
  Values y(std::size_t(p.batch * p.out_channels * volume(Y)));
  const std::int64_t I = p.in_channels / p.groups, O = p.out_channels / p.groups;
  const Extents X = inputs(p), K = kernels(p);
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t o = 0; o < p.out_channels; ++o) {
      double* plane = y.data() + (n * p.out_channels + o) * volume(Y);
      for (std::int64_t i = 0; i < volume(Y) && p.has_bias; ++i) plane[i] = bias[std::size_t(o)];
      for (std::int64_t i = 0; i < I; ++i)
        for (std::int64_t t = 0; t < volume(X); ++t)
          for (std::int64_t j = 0; j < volume(K); ++j) {
            const Extents ts = position_of(t, X), js = position_of(j, K), strides = row_major(Y);
            std::int64_t index = 0;
            bool inside = true;
            for (std::size_t a = 0; a < kMaxAxes; ++a) {
              const std::int64_t at =
                  ts[a] * p.axes[a].stride + js[a] * p.axes[a].dilation - p.axes[a].begin;
              inside = inside && at >= 0 && at < Y[a];
              index += at * strides[a];
            }
            if (!inside) continue;
            const std::int64_t c = o / O * I + i;
            plane[index] += x[std::size_t((n * p.in_channels + c) * volume(X) + t)] *
                            w[std::size_t((c * O + o % O) * volume(K) + j)];
          }
    }
  return y;
}

Values integers(std::int64_t count, std::mt19937& random) {
  Values values(static_cast<std::size_t>(count));
  for (double& v : values) v = std::uniform_int_distribution<int>(-4, 4)(random);
  return values;
}

template <typename T>
std::vector<std::byte> as_bytes(const Values& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
  }
  return bytes;
}

template <typename T>
Values run(const Problem& p, const Values& x, const Values& w, const Values& bias,
           std::size_t outputs) {
  const auto xb = as_bytes<T>(x), wb = as_bytes<T>(w), bb = as_bytes<T>(bias);
  std::vector<std::byte> yb(outputs * sizeof(T));
  run_reference(p, {.x = xb.data(), .w = wb.data(), .bias = bb.data(), .y = yb.data()});
  Values y(outputs);
  for (std::size_t i = 0; i < outputs; ++i) {
    T value{};
    std::memcpy(&value, &yb[i * sizeof(T)], sizeof(T));
    y[i] = static_cast<double>(value);
  }
  return y;
}

// Of up to five axes, the sizes along which shrink as they become more.
Problem random_problem(Direction direction, std::mt19937& random) {
  const auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  const std::int64_t groups = pick(1, 3);
  Problem p{.direction = direction,
            .rank = static_cast<int>(pick(0, 5)),
            .batch = pick(1, 2),
            .groups = groups,
            .in_channels = groups * pick(1, 2),
            .out_channels = groups * pick(1, 3),
            .has_bias = pick(0, 1) == 1};
  const bool forward = direction == Direction::Forward, many = p.rank > 3;
  for (int a = 0; a < p.rank; ++a) {
    Axis& axis = *(p.axes.rbegin() + a);
    axis = {.input = forward ? pick(many ? 3 : 4, many ? 3 : 7) : pick(1, many ? 2 : 4),
            .kernel = pick(1, many ? 2 : 3),
            .stride = pick(1, many ? 2 : 3),
            .dilation = pick(1, 2),
            .begin = pick(-1, many ? 1 : 2),
            .end = pick(-1, many ? 1 : 2)};
    if (forward) axis.input_dilation = pick(1, 2);
  }
  return p;
}

TEST_CASE("reference: transposed problems equal the scatter they are defined by") {
  std::mt19937 random(1);
  int compared = 0;
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    Problem p = random_problem(Direction::Transposed, random);
    const auto extents = output_extents(p);
    REQUIRE(extents);
    make_dense(p, *extents);
    const Values x = integers(p.batch * p.in_channels * volume(inputs(p)), random);
    const Values w =
        integers(p.in_channels * (p.out_channels / p.groups) * volume(kernels(p)), random);
    const Values bias = integers(p.out_channels, random);
    const Values expected = scattered(p, *extents, x, w, bias);
    CHECK(run<float>(p, x, w, bias, expected.size()) == expected);
    p.dtype = DType::Float64;
    CHECK(run<double>(p, x, w, bias, expected.size()) == expected);
    compared += static_cast<int>(expected.size());
  }
  CHECK(compared > 10000);
}

// <conv x, y> = <x, convT y> for every x and y: the one is the other's adjoint.
TEST_CASE("reference: forward problems are the adjoint of transposed ones") {
  std::mt19937 random(2);
  int nonzero = 0;
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    Problem f = random_problem(Direction::Forward, random);
    f.has_bias = false;
    for (Axis& axis : f.axes) axis.input_dilation = 1;
    const auto outputs = output_extents(f);
    REQUIRE(outputs);
    if (volume(*outputs) == 0) continue;
    make_dense(f, *outputs);
    Problem t = f;
    t.direction = Direction::Transposed;
    std::swap(t.in_channels, t.out_channels);
    for (std::size_t a = 0; a < kMaxAxes; ++a) {
      t.axes[a].input = (*outputs)[a];
      // What the stride rounded away belongs to nothing: the crop gives it back as zeros.
      const auto full = full_extent(t.axes[a]);
      REQUIRE(full);
      t.axes[a].end = *full - t.axes[a].begin - f.axes[a].input;
    }
    make_dense(t, inputs(f));
    t.w = f.w;  // the same array, read as (in, out/groups)
    std::swap(t.w.out, t.w.in);
    f.dtype = t.dtype = DType::Float64;

    const Values x = integers(f.batch * f.in_channels * volume(inputs(f)), random);
    const Values y = integers(f.batch * f.out_channels * volume(*outputs), random);
    const Values w =
        integers(f.out_channels * (f.in_channels / f.groups) * volume(kernels(f)), random);
    const Values conv_x = run<double>(f, x, w, {}, y.size());
    const Values convt_y = run<double>(t, y, w, {}, x.size());
    double left = 0, right = 0;
    for (std::size_t i = 0; i < y.size(); ++i) left += conv_x[i] * y[i];
    for (std::size_t i = 0; i < x.size(); ++i) right += x[i] * convt_y[i];
    CHECK(left == right);
    nonzero += left != 0 ? 1 : 0;
  }
  CHECK(nonzero > 200);
}

Problem row_problem(std::int64_t extent, std::int64_t kernel) {
  Problem p{.rank = 1};
  p.axes.back() = {.input = extent, .kernel = kernel};
  make_dense(p, *output_extents(p));
  return p;
}

TEST_CASE("reference: a flipped kernel and a constant pad read what they say") {
  Problem p = row_problem(3, 3);
  p.axes.back().begin = p.axes.back().end = 1;
  make_dense(p, *output_extents(p));
  CHECK(run<float>(p, {1, 2, 3}, {1, 10, 100}, {}, 3) == Values{210, 321, 32});
  p.flip_kernel = true;
  CHECK(run<float>(p, {1, 2, 3}, {1, 10, 100}, {}, 3) == Values{12, 123, 230});
  p.pad_mode = PadMode::Constant;
  p.pad_value = 7;
  CHECK(run<float>(p, {1, 2, 3}, {1, 10, 100}, {}, 3) == Values{712, 123, 237});
}

TEST_CASE("reference: padding is not multiplied, so an infinite weight there does no harm") {
  Problem p = row_problem(2, 3);
  p.axes.back().begin = 1;
  make_dense(p, *output_extents(p));
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(run<float>(p, {1, 2}, {infinity, 1, 1}, {}, 1) == Values{3});
}

TEST_CASE("reference: half precision is summed in float32 and rounded once") {
  // 2048 + 1 + 1 is 2050 in float32; rounding to float16 after each addition would stay at 2048.
  Problem p = row_problem(3, 3);
  p.dtype = DType::Float16;
  std::vector<std::uint16_t> x, w(3, support::half_from_float(1));
  for (float v : {2048.0F, 1.0F, 1.0F}) x.push_back(support::half_from_float(v));
  std::uint16_t y = 0;
  run_reference(p, {.x = reinterpret_cast<const std::byte*>(x.data()),
                    .w = reinterpret_cast<const std::byte*>(w.data()),
                    .y = reinterpret_cast<std::byte*>(&y)});
  CHECK(support::float_from_half(y) == 2050);
}

TEST_CASE("reference: each product is fused into its sum") {
  // (1 + u)^2 needs 48 bits: minus 1 + 2u it leaves u^2 only where the product is not rounded.
  constexpr double u = 0x1p-23;
  Problem p = row_problem(2, 2);
  const Values y = run<float>(p, {-1 - 2 * u, 1 + u}, {1, 1 + u}, {}, 1);
  CHECK(y == Values{u * u});
}

}  // namespace
}  // namespace tconv::kernels
