#include "diff/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace tconv::diff {
namespace {

constexpr std::int64_t kChunk = 1024;

// Elements per value that is fitted: fewer prove nothing.
constexpr std::int64_t kEvidence = 4;

struct Chunk {
  std::span<const double> a{}, b{};
  const PerAxis<std::int64_t>& index;  // of its first element; the others follow on the last axis
};

// visit(Chunk) of all elements that meet, until it returns false. Returns whether it never did.
template <typename Visit>
bool visit_chunks(const Subject& subject, const Hypothesis& hypothesis, std::int64_t& work,
                  const Visit& visit) {
  const Mapping mapping(hypothesis.view, subject.a_shape, subject.b_shape, subject.b_strides);
  const int rank = mapping.rank();
  const int last = rank - 1;
  std::array<double, kChunk> a{}, b{};
  PerAxis<std::int64_t> index{};
  for (int axis = 0; axis < rank; ++axis)
    index[static_cast<std::size_t>(axis)] = mapping.begin(axis);
  const std::int64_t last_end = rank > 0 ? mapping.end(last) : 1;
  const auto row = static_cast<std::size_t>(std::max(last, 0));
  for (;;) {
    while (index[row] < last_end) {
      const auto size = static_cast<std::size_t>(std::min(kChunk, last_end - index[row]));
      std::int64_t at_a = 0;
      for (int axis = 0; axis < rank; ++axis) {
        const auto i = static_cast<std::size_t>(axis);
        at_a += index[i] * subject.a_strides[i];
      }
      const std::span<double> x = std::span(a).first(size), y = std::span(b).first(size);
      subject.a.gather(at_a, 1, x);
      if (last >= 0 && hypothesis.view.ordered == last) {
        std::int64_t at_b = mapping.position(index) - mapping.offset(last, index[row]);
        for (std::size_t i = 0; i < size; ++i) {
          const auto j = index[row] + static_cast<std::int64_t>(i);
          y[i] = subject.b.at(at_b + mapping.offset(last, j));
        }
      } else {
        const std::int64_t slope = last < 0 ? 1 : mapping.offset(last, 1) - mapping.offset(last, 0);
        subject.b.gather(mapping.position(index), slope, y);
      }
      if (hypothesis.rounding.kind == Rounding::Kind::Apply) {
        for (double& value : hypothesis.rounding.side == Side::A ? x : y) {
          value = rounded_to(hypothesis.rounding.dtype, value);
        }
      }
      work += static_cast<std::int64_t>(size);
      if (!visit(Chunk{.a = x, .b = y, .index = index})) return false;
      index[row] += static_cast<std::int64_t>(size);
    }
    int axis = last - 1;
    while (axis >= 0 && ++index[static_cast<std::size_t>(axis)] == mapping.end(axis)) {
      index[static_cast<std::size_t>(axis)] = mapping.begin(axis);
      --axis;
    }
    if (axis < 0) return true;
    index[row] = mapping.begin(last);
  }
}

// The group of each element of a chunk: first + i * step.
struct Groups {
  std::size_t first = 0, step = 0;
};

Groups groups_of(const Fit& fit, const Chunk& chunk, int rank) {
  if (fit.axis < 0) return {};
  const auto first = static_cast<std::size_t>(chunk.index[static_cast<std::size_t>(fit.axis)]);
  return {.first = first, .step = fit.axis == rank - 1 ? std::size_t{1} : std::size_t{0}};
}

// Neither is finite and they are the same; nothing can be fitted to them.
bool same_not_finite(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (std::isinf(a) && a == b);
}

bool elements_equal(const Subject& subject, const Hypothesis& hypothesis, std::int64_t& work) {
  return visit_chunks(subject, hypothesis, work, [&](const Chunk& chunk) {
    bool equal = true;
    for (std::size_t i = 0; i < chunk.a.size(); ++i) {
      equal &= io::is_close(chunk.a[i], chunk.b[i], subject.tolerance);
    }
    return equal;
  });
}

// Whether A has two different elements among those that meet: a part of one value meets any other
// such part, wherever it was moved to.
bool varies(const Subject& subject, const Hypothesis& hypothesis, std::int64_t& work) {
  std::optional<double> first;
  return !visit_chunks(subject, hypothesis, work, [&](const Chunk& chunk) {
    if (!first) first = chunk.a[0];
    return std::all_of(chunk.a.begin(), chunk.a.end(), [&](double x) { return x == *first; });
  });
}

// Sums of one group, about its first element, so that a large mean costs no digits.
struct Moments {
  bool any = false;
  double a0 = 0, b0 = 0;
  double n = 0, a = 0, b = 0, ab = 0, bb = 0;

  void add(double x, double y) {
    if (!any) {
      any = true;
      a0 = x;
      b0 = y;
    }
    x -= a0;
    y -= b0;
    n += 1;
    a += x;
    b += y;
    ab += x * y;
    bb += y * y;
  }
  double covariance() const { return n > 0 ? ab - a * b / n : 0; }
  double variance() const { return n > 0 ? bb - b * b / n : 0; }
};

// The factors of A = scale * B + add by least squares, of which `add` takes the means away.
std::vector<double> least_squares(const Subject& subject, const Hypothesis& hypothesis,
                                  std::int64_t& work) {
  std::vector<Moments> moments(hypothesis.add.groups(subject.a_shape));
  visit_chunks(subject, hypothesis, work, [&](const Chunk& chunk) {
    const Groups groups = groups_of(hypothesis.add, chunk, hypothesis.view.rank);
    for (std::size_t i = 0; i < chunk.a.size(); ++i) {
      if (!std::isfinite(chunk.a[i]) || !std::isfinite(chunk.b[i])) continue;
      moments[groups.first + i * groups.step].add(chunk.a[i], chunk.b[i]);
    }
    return true;
  });
  if (hypothesis.scale.axis == Fit::kAll) {
    double covariance = 0, variance = 0;
    for (const Moments& group : moments) {
      covariance += group.covariance();
      variance += group.variance();
    }
    return {covariance / variance};
  }
  std::vector<double> scale;
  for (const Moments& group : moments) {
    scale.push_back(group.variance() > 0 ? group.covariance() / group.variance() : 1);
  }
  return scale;
}

bool usable(const std::vector<double>& scale) {
  return std::all_of(scale.begin(), scale.end(), [](double s) { return std::isfinite(s); }) &&
         std::any_of(scale.begin(), scale.end(), [](double s) { return s != 0; });
}

// How far a and b may be apart, and whether what should have been rounded was.
class Margin {
 public:
  Margin(const Subject& subject, const Rounding& rounding)
      : subject_(subject), rounding_(rounding), within_(rounding.kind == Rounding::Kind::Within) {}

  // Negative where the hypothesis is wrong already.
  double of(double a, double b) const {
    double margin = subject_.tolerance.absolute + subject_.tolerance.relative * std::abs(a) +
                    subject_.slack(a, b);
    if (!within_) return margin;
    const double value = rounding_.side == Side::A ? a : b;
    if (rounded_to(rounding_.dtype, value) != value) return -1;
    // The tolerance is for A; what was rounded is told by its own units.
    return half_ulp(rounding_.dtype, value) + subject_.slack(a, b);
  }

 private:
  const Subject& subject_;
  const Rounding& rounding_;
  const bool within_;
};

// The intervals of the values that one fit may take, or nothing where one of them is empty. Where
// B was rounded after scaling, they are those of 1 / scale.
std::optional<std::vector<Interval>> intervals(const Subject& subject, const Hypothesis& hypothesis,
                                               const std::vector<double>& scale,
                                               std::int64_t& work) {
  const bool sum = hypothesis.add.used();
  const Fit& fit = sum ? hypothesis.add : hypothesis.scale;
  const Margin margin(subject, hypothesis.rounding);
  const bool inverse = !sum && hypothesis.rounding.kind == Rounding::Kind::Within &&
                       hypothesis.rounding.side == Side::B;
  std::vector<Interval> found(fit.groups(subject.a_shape));
  const bool all = visit_chunks(subject, hypothesis, work, [&](const Chunk& chunk) {
    const int rank = hypothesis.view.rank;
    const Groups groups = groups_of(fit, chunk, rank);
    const Groups scaled = groups_of(hypothesis.scale, chunk, rank);
    for (std::size_t i = 0; i < chunk.a.size(); ++i) {
      const double a = chunk.a[i];
      if (same_not_finite(a, chunk.b[i])) continue;
      const double b =
          scale.empty() ? chunk.b[i] : chunk.b[i] * scale[scaled.first + i * scaled.step];
      const double h = margin.of(a, b);
      if (!(h >= 0)) return false;
      Interval& interval = found[groups.first + i * groups.step];
      if (sum) {
        interval.meet_sum(a, b, h);
      } else if (inverse) {
        interval.meet_product(b, a, h);
      } else {
        interval.meet_product(a, b, h);
      }
      if (interval.empty()) return false;
    }
    return true;
  });
  if (!all) return std::nullopt;
  return found;
}

// Zero would turn any B into an A of zeros. A group of zeros in both leaves every factor.
bool explains(const std::vector<Interval>& factors) {
  const auto nothing = [](const Interval& interval) {
    return interval.contains(0) && !interval.contains(1);
  };
  return std::none_of(factors.begin(), factors.end(), nothing) &&
         std::any_of(factors.begin(), factors.end(), [](const Interval& interval) {
           return interval.bounded() && !interval.contains(0);
         });
}

}  // namespace

Subject::Subject(const io::Tensor& a_tensor, const io::Tensor& b_tensor, const io::Tolerance& rule)
    : a(a_tensor),
      b(b_tensor),
      a_shape(a_tensor.shape),
      b_shape(b_tensor.shape),
      a_strides(io::c_strides(a_tensor.shape)),
      b_strides(io::c_strides(b_tensor.shape)),
      tolerance(rule) {
  const auto unit = [](DType dtype) {
    switch (dtype) {
      case DType::BFloat16: return 0x1p-7;
      case DType::Float16: return 0x1p-10;
      case DType::Float32: return 0x1p-23;
      case DType::Float64: return 0x1p-52;
      default: return 0.0;
    }
  };
  epsilon = std::max({unit(a_tensor.dtype), unit(b_tensor.dtype), 0x1p-52});
}

double Interval::shortest(double neutral) const {
  if (!bounded() || contains(neutral)) return neutral;
  const double middle = low + (high - low) / 2;
  for (int digits = 1; digits <= 17; ++digits) {
    const std::string text = fmt::format("{:.{}g}", middle, digits);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (contains(value)) return value;
  }
  return middle;
}

std::optional<Proof> check(const Subject& subject, const Hypothesis& hypothesis,
                           std::int64_t& work) {
  const Mapping mapping(hypothesis.view, subject.a_shape, subject.b_shape, subject.b_strides);
  Proof proof{.compared = mapping.count()};
  if (proof.compared == 0) return std::nullopt;
  const auto& shift = hypothesis.view.shift;
  const bool moved =
      std::any_of(shift.begin(), shift.end(), [](std::int64_t by) { return by != 0; });
  if (moved && !varies(subject, hypothesis, work)) return std::nullopt;
  const bool scaled = hypothesis.scale.used(), added = hypothesis.add.used();
  if (!scaled && !added) {
    if (!elements_equal(subject, hypothesis, work)) return std::nullopt;
    return proof;
  }
  std::int64_t values = 0;
  for (const Fit& fit : {hypothesis.scale, hypothesis.add}) {
    if (fit.used()) values += static_cast<std::int64_t>(fit.groups(subject.a_shape));
  }
  if (proof.compared < kEvidence * values) return std::nullopt;
  if (scaled && added) {
    proof.scale = least_squares(subject, hypothesis, work);
    if (!usable(proof.scale)) return std::nullopt;
    for (double& scale : proof.scale) {  // as good, and better to read
      const double within = std::abs(scale) * subject.epsilon / 2;
      scale = Interval{.low = scale - within, .high = scale + within}.shortest(1);
    }
  }
  const auto found = intervals(subject, hypothesis, proof.scale, work);
  if (!found) return std::nullopt;
  if (added) {
    for (const Interval& interval : *found) proof.add.push_back(interval.shortest(0));
    return proof;
  }
  if (!explains(*found)) return std::nullopt;
  const bool inverse =
      hypothesis.rounding.kind == Rounding::Kind::Within && hypothesis.rounding.side == Side::B;
  for (const Interval& interval : *found) {
    const bool of_scale = !inverse || !interval.bounded() || interval.contains(0);
    proof.scale.push_back(of_scale ? interval.shortest(1)
                                   : Interval{.low = std::min(1 / interval.low, 1 / interval.high),
                                              .high = std::max(1 / interval.low, 1 / interval.high)}
                                         .shortest(1));
  }
  return proof;
}

}  // namespace tconv::diff
