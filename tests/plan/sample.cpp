#include "plan/sample.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/element.hpp"
#include "plan/algorithms.hpp"
#include "problem/flatten.hpp"

namespace tconv::test {
namespace {

constexpr std::byte kPoison{0xFF};  // a NaN that no computation makes

void store(DType dtype, double value, std::byte* to) {
  const auto narrow = static_cast<float>(value);
  switch (dtype) {
    case DType::Float64: return kernels::Float64Element::store(value, to);
    case DType::Float16: return kernels::Float16Element::store(narrow, to);
    case DType::BFloat16: return kernels::BFloat16Element::store(narrow, to);
    default: return kernels::Float32Element::store(narrow, to);
  }
}

double load(DType dtype, const std::byte* from) {
  switch (dtype) {
    case DType::Float64: return kernels::Float64Element::load(from);
    case DType::Float16: return double{kernels::Float16Element::load(from)};
    case DType::BFloat16: return double{kernels::BFloat16Element::load(from)};
    default: return double{kernels::Float32Element::load(from)};
  }
}

// Calls work(element offset) for each element in row-major order.
template <typename Work>
void for_each(const Dims& e, const Dims& s, const Work& work) {
  for (std::int64_t a = 0; a < e[0]; ++a)
    for (std::int64_t b = 0; b < e[1]; ++b)
      for (std::int64_t c = 0; c < e[2]; ++c)
        for (std::int64_t d = 0; d < e[3]; ++d)
          for (std::int64_t h = 0; h < e[4]; ++h)
            for (std::int64_t w = 0; w < e[5]; ++w)
              work(a * s[0] + b * s[1] + c * s[2] + d * s[3] + h * s[4] + w * s[5]);
}

// A tensor in memory that ends at, or begins after, a page that must not be touched.
struct Stored {
  std::byte* memory = nullptr;  // lowest address
  std::size_t bytes = 0;
  std::byte* first = nullptr;  // element 0
};

Stored stored(const GuardedPages& pages, const Placement& placement, std::int64_t element_bytes,
              const Way& way) {
  Stored result{.bytes = static_cast<std::size_t>(placement.count * element_bytes)};
  result.memory = pages.place(result.bytes, way.flush, way.odd_addresses ? 1 : 0);
  result.first = result.memory + placement.first * element_bytes;
  return result;
}

Stored stored(const GuardedPages& pages, const Dims& extents, const Placement& placement,
              DType dtype, const Values& values, const Way& way) {
  const std::int64_t bytes = size_bytes(dtype);
  const Stored result = stored(pages, placement, bytes, way);
  std::fill_n(result.memory, result.bytes, std::byte{0xFF});  // NaN between the elements
  const double* value = values.data();
  for_each(extents, placement.strides,
           [&](std::int64_t at) { store(dtype, *value++, result.first + at * bytes); });
  return result;
}

TensorStrides tensor_strides(const Dims& s, std::int64_t channels_of_group) {
  TensorStrides strides{.batch = s[0], .group = s[1] - channels_of_group * s[2], .channel = s[2]};
  std::copy(s.begin() + 3, s.end(), strides.axes.end() - 3);
  return strides;
}

// Packs into memory full of NaN, as Plan::pack does into memory full of anything.
PackedWeights packed_apart(const Plan& plan, const Problem& problem, const Way& way,
                           const std::byte* w) {
  PackedWeights packed(plan.packed_bytes());
  std::fill_n(packed.data(), packed.size(), std::byte{0xFF});
  PlanOptions options = way.options;
  options.threads = plan.threads();
  for (const plan::Algorithm& algorithm : plan::algorithms()) {
    if (algorithm.name != plan.algorithm() || packed.size() == 0) continue;
    algorithm.offer(flattened(problem), options).executor->pack(w, packed.data());
  }
  return packed;
}

struct Pages {
  GuardedPages x{16 << 20}, w{16 << 20}, bias{1 << 20}, y{16 << 20};
};

}  // namespace

Values run(const Sample& sample, const Way& way) {
  static const Pages pages;
  Problem p = sample.problem;
  const std::int64_t bytes = size_bytes(p.dtype);
  const Dims xe = x_extents(p), ye = y_extents(p), we = w_extents(p);
  const Placement xp = place(xe, way.x, false),
                  yp = place(ye, way.y == Layout::GroupsApart ? Layout::ChannelsFirst : way.y,
                             false),
                  wp = place(we, way.w, true);
  p.x = tensor_strides(xp.strides, xe[2]);
  p.y = tensor_strides(yp.strides, ye[2]);
  p.w = {.group = wp.strides[0], .out = wp.strides[1], .in = wp.strides[2]};
  std::copy(wp.strides.begin() + 3, wp.strides.end(), p.w.axes.end() - 3);
  const auto plan = Plan::make(p, way.options);
  if (!plan) return {};

  const Stored x = stored(pages.x, xe, xp, p.dtype, sample.x, way);
  const Stored w = stored(pages.w, we, wp, p.dtype, sample.w, way);
  const Dims channels = {p.has_bias ? p.out_channels : 0, 1, 1, 1, 1, 1};
  const Stored bias =
      stored(pages.bias, channels, place(channels, {}, false), p.dtype, sample.bias, way);
  const Stored y = stored(pages.y, yp, bytes, way);
  std::fill_n(y.memory, y.bytes, kPoison);
  // What borders on y, on the side without the page.
  constexpr std::size_t kMargin = 128;
  std::byte* const margin = way.flush == Flush::Left ? y.memory + y.bytes : y.memory - kMargin;
  std::fill_n(margin, kMargin, kPoison);

  const Operands operands{
      .x = x.first, .w = w.first, .bias = p.has_bias ? bias.first : nullptr, .y = y.first};
  if (way.pack_apart) {
    const PackedWeights packed = packed_apart(*plan, p, way, w.first);
    plan->run(operands, &packed);
  } else {
    plan->run(operands);
  }

  Values values;
  values.reserve(static_cast<std::size_t>(volume(ye)));
  std::byte poisoned[8];
  std::fill_n(poisoned, sizeof poisoned, kPoison);
  std::int64_t unwritten = 0;
  for_each(ye, yp.strides, [&](std::int64_t at) {
    std::byte* const element = y.first + at * bytes;
    const auto size = static_cast<std::size_t>(bytes);
    unwritten += std::memcmp(element, poisoned, size) == 0 ? 1 : 0;
    values.push_back(load(p.dtype, element));
    std::memcpy(element, poisoned, size);
  });
  const auto is_poison = [](std::byte b) { return b == kPoison; };
  INFO(describe(p) << "; " << describe(way));
  CHECK(unwritten == 0);
  CHECK(std::all_of(y.memory, y.memory + y.bytes, is_poison));
  CHECK(std::all_of(margin, margin + kMargin, is_poison));
  return values;
}

bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

Values with_plain_nan(Values values) {
  for (double& value : values) {
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  }
  return values;
}

double rounded(DType dtype, double value) {
  std::byte bytes[8];
  store(dtype, value, bytes);
  return load(dtype, bytes);
}

Sample fill(const Problem& problem, Fill values, std::mt19937& random) {
  Sample sample{.problem = problem};
  const auto draw = [&](std::int64_t count) {
    std::uniform_int_distribution<int> integer(-4, 4);
    std::normal_distribution<double> real;
    Values drawn(static_cast<std::size_t>(count));
    for (double& v : drawn) {
      v = values == Fill::Integers ? integer(random) : rounded(problem.dtype, real(random));
    }
    return drawn;
  };
  sample.x = draw(volume(x_extents(problem)));
  sample.w = draw(volume(w_extents(problem)));
  sample.bias = draw(problem.out_channels);
  return sample;
}

std::string describe(const Problem& p) {
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  std::string text = std::string(name(p.dtype)) + " " + std::string(name(p.direction)) + " " +
                     std::string(name(p.pad_mode)) + " batch " + number(p.batch) + " groups " +
                     number(p.groups) + " channels " + number(p.in_channels) + "->" +
                     number(p.out_channels) + (p.has_bias ? " bias" : "") +
                     (p.flip_kernel ? " flipped " : " ") + std::string(name(p.activation));
  for (std::size_t a = static_cast<std::size_t>(kMaxAxes - p.rank); a < kMaxAxes; ++a) {
    const Axis& axis = p.axes[a];
    text += " [" + number(axis.input) + " k" + number(axis.kernel) + " s" + number(axis.stride) +
            " d" + number(axis.dilation) + " id" + number(axis.input_dilation) + " " +
            number(axis.begin) + ":" + number(axis.end) + "]";
  }
  return text;
}

std::string describe(const Way& way) {
  return way.options.algorithm + " threads " + std::to_string(way.options.threads) + " x " +
         std::string(name(way.x)) + " y " + std::string(name(way.y)) + " w " +
         std::string(name(way.w)) + (way.flush == Flush::Left ? " left" : " right") +
         (way.odd_addresses ? " odd" : "") + (way.pack_apart ? " packed" : "");
}

std::vector<TestTarget> targets() {
  using kernels::Target;
  constexpr TestTarget kAll[] = {{Target::Baseline, "Baseline", false},
                                 {Target::Sse4, "SSE4", false},
                                 {Target::Avx2, "AVX2", true},
                                 {Target::Avx3, "AVX3", true}};
  std::vector<TestTarget> present;
  for (const TestTarget& t : kAll) {
    if (t.target <= kernels::best_target()) present.push_back(t);
  }
  return present;
}

bool has_masked_loads() {
  const auto present = targets();
  return std::any_of(present.begin(), present.end(), [](const TestTarget& t) { return t.fused; });
}

int check_against_reference(const Sample& sample, const Checked& checked) {
  const Values expected = with_plain_nan(run(sample, {.options = {.algorithm = "reference"}}));
  int runs = 0;
  for (const TestTarget& target : targets()) {
    if (!target.fused) continue;
    const WithTarget chosen(target.target);
    for (int turn = 0; turn < 2; ++turn) {
      const Way way{.options = {.algorithm = checked.algorithm, .threads = 1 + 2 * turn},
                    .x = checked.x,
                    .w = checked.w,
                    .flush = turn == 0 ? Flush::Left : Flush::Right,
                    .odd_addresses = turn == 1,
                    .pack_apart = turn == 0};
      const Values y = run(sample, way);
      if (y.empty()) continue;
      ++runs;
      CHECK_MESSAGE(same_bits(with_plain_nan(y), expected), std::string(target.name), " ",
                    describe(way), describe(sample.problem));
    }
  }
  return runs;
}

}  // namespace tconv::test
