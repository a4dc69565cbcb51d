// T3: relations between results that hold whatever the numbers are, on integers, where they hold
// to the bit. They judge the algorithms without the reference.
#include <doctest/doctest.h>

#include <algorithm>

#include "plan/sample.hpp"

namespace tconv::test {
namespace {

constexpr int kRounds = 24;

// Some way of running: the algorithms take turns, one that refuses is passed over.
class Runner {
 public:
  Values operator()(const Sample& sample) {
    const auto names = algorithm_names();
    while (true) {
      const auto turn = static_cast<std::size_t>(turn_++);
      const Layout layout = turn % 2 == 0 ? Layout::ChannelsFirst : Layout::ChannelsLast;
      Values y = run(sample, {.options = {.algorithm = std::string(names[turn % names.size()]),
                                          .threads = 1 + turn_ % 3},
                              .x = layout,
                              .y = layout,
                              .w = layout});
      if (!y.empty()) return y;
    }
  }

 private:
  int turn_ = 0;
};

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  std::int64_t operator()(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  std::mt19937& source() { return random_; }

  // Two axes, y not empty.
  Problem problem(Direction direction) {
    while (true) {
      Problem p{.direction = direction, .batch = (*this)(1, 3), .groups = (*this)(1, 3)};
      p.in_channels = p.groups * (*this)(1, 4);
      p.out_channels = p.groups * (*this)(1, 9);
      for (const std::size_t a : {kMaxAxes - 2, kMaxAxes - 1}) {
        p.axes[a] = {.input = (*this)(3, a + 1 == kMaxAxes ? 20 : 6),
                     .kernel = (*this)(1, 4),
                     .stride = (*this)(1, 3),
                     .dilation = (*this)(1, 2),
                     .begin = (*this)(0, 2),
                     .end = (*this)(0, 2)};
      }
      if (output_extents(p) && volume(y_extents(p)) > 0) return p;
    }
  }
  Sample sample(Direction direction) { return fill(problem(direction), Fill::Integers, random_); }

 private:
  std::mt19937 random_;
};

constexpr Direction kDirections[] = {Direction::Forward, Direction::Transposed};

TEST_CASE("plan: T3 transposed is the adjoint of forward") {
  Draw draw(21);
  Runner runner;
  for (int round = 0; round < kRounds; ++round) {
    Sample forward = draw.sample(Direction::Forward);
    Problem& f = forward.problem;
    f.dtype = DType::Float64;
    Problem t = f;
    t.direction = Direction::Transposed;
    std::swap(t.in_channels, t.out_channels);
    const auto outputs = output_extents(f);
    for (std::size_t a = 0; a < kMaxAxes; ++a) {
      t.axes[a].input = (*outputs)[a];
      t.axes[a].end = *full_extent(t.axes[a]) - t.axes[a].begin - f.axes[a].input;
    }
    Sample transposed = fill(t, Fill::Integers, draw.source());
    // The same weights: [group][out][in] there is [group][in][out] here.
    const Dims we = w_extents(f);
    const std::int64_t K = we[3] * we[4] * we[5];
    for (std::int64_t g = 0; g < we[0]; ++g)
      for (std::int64_t o = 0; o < we[1]; ++o)
        for (std::int64_t i = 0; i < we[2]; ++i)
          std::copy_n(forward.w.begin() + ((g * we[1] + o) * we[2] + i) * K, K,
                      transposed.w.begin() + ((g * we[2] + i) * we[1] + o) * K);
    const Values y = runner(forward), x = runner(transposed);
    double left = 0, right = 0;
    for (std::size_t i = 0; i < y.size(); ++i) left += y[i] * transposed.x[i];
    for (std::size_t i = 0; i < x.size(); ++i) right += x[i] * forward.x[i];
    CHECK_MESSAGE(left == right, describe(f));
  }
}

TEST_CASE("plan: T3 the sum of two inputs gives the sum of their outputs") {
  Draw draw(22);
  Runner runner;
  for (int round = 0; round < kRounds; ++round) {
    const Sample a = draw.sample(kDirections[round % 2]);
    Sample b = fill(a.problem, Fill::Integers, draw.source()), both = a;
    b.w = both.w;
    std::transform(a.x.begin(), a.x.end(), b.x.begin(), both.x.begin(), std::plus<>());
    const Values ya = runner(a), yb = runner(b);
    Values sum(ya.size());
    std::transform(ya.begin(), ya.end(), yb.begin(), sum.begin(), std::plus<>());
    CHECK_MESSAGE(runner(both) == sum, describe(a.problem));
  }
}

TEST_CASE("plan: T3 an input moved by the stride moves the output by one") {
  Draw draw(23);
  Runner runner;
  for (int round = 0; round < kRounds; ++round) {
    Sample at = draw.sample(kDirections[round % 2]);
    Problem moved = at.problem;
    const bool forward = moved.direction == Direction::Forward;
    // One more element of padding moves y by 1/stride; so does one less of crop.
    const std::int64_t by = forward ? moved.axes.back().stride : 1;
    moved.axes.back().begin += forward ? by : -by;
    Sample later = at;
    later.problem = moved;
    const Dims before = y_extents(at.problem), after = y_extents(moved);
    REQUIRE(after[5] == before[5] + 1);
    const Values y = runner(at), z = runner(later);
    const std::int64_t rows = volume(before) / before[5];
    bool same = true;
    for (std::int64_t r = 0; r < rows; ++r) {
      same = same && std::equal(y.begin() + r * before[5], y.begin() + (r + 1) * before[5],
                                z.begin() + r * after[5] + 1);
    }
    CHECK_MESSAGE(same, describe(at.problem));
  }
}

// Part number `index` of `count` of the outer axis `dim` of [batch][channel]...
Values part(const Values& values, std::int64_t outer, std::int64_t count, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(values.size()) / (outer * count);
  Values result;
  for (std::int64_t o = 0; o < outer; ++o) {
    const auto from = values.begin() + (o * count + index) * size;
    result.insert(result.end(), from, from + size);
  }
  return result;
}

TEST_CASE("plan: T3 groups are problems side by side, and so are images") {
  Draw draw(24);
  Runner runner;
  for (int round = 0; round < kRounds; ++round) {
    const Sample all = draw.sample(kDirections[round % 2]);
    const Problem& p = all.problem;
    const Values y = runner(all);
    for (std::int64_t g = 0; g < p.groups; ++g) {
      Sample one{.problem = p};
      one.problem.groups = 1;
      one.problem.in_channels /= p.groups;
      one.problem.out_channels /= p.groups;
      one.x = part(all.x, p.batch, p.groups, g);
      one.w = part(all.w, 1, p.groups, g);
      CHECK_MESSAGE(runner(one) == part(y, p.batch, p.groups, g), describe(p));
    }
    for (std::int64_t n = 0; n < p.batch; ++n) {
      Sample one{.problem = p, .x = part(all.x, 1, p.batch, n), .w = all.w};
      one.problem.batch = 1;
      CHECK_MESSAGE(runner(one) == part(y, 1, p.batch, n), describe(p));
    }
  }
}

TEST_CASE("plan: T3 a dilated kernel is one with zeros between its weights") {
  Draw draw(25);
  Runner runner;
  for (int round = 0; round < kRounds; ++round) {
    const Sample dilated = draw.sample(kDirections[round % 2]);
    Sample stuffed{.problem = dilated.problem, .x = dilated.x};
    const Dims from = w_extents(dilated.problem);
    for (Axis& axis : stuffed.problem.axes) {
      axis.kernel = (axis.kernel - 1) * axis.dilation + 1;
      axis.dilation = 1;
    }
    const Dims to = w_extents(stuffed.problem);
    stuffed.w.resize(static_cast<std::size_t>(volume(to)));
    const Axis &H = dilated.problem.axes[kMaxAxes - 2], &W = dilated.problem.axes[kMaxAxes - 1];
    const double* weight = dilated.w.data();
    for (std::int64_t plane = 0; plane < from[0] * from[1] * from[2]; ++plane)
      for (std::int64_t h = 0; h < H.kernel; ++h)
        for (std::int64_t w = 0; w < W.kernel; ++w) {
          const std::int64_t at = (plane * to[4] + h * H.dilation) * to[5] + w * W.dilation;
          stuffed.w[static_cast<std::size_t>(at)] = *weight++;
        }
    CHECK_MESSAGE(runner(stuffed) == runner(dilated), describe(dilated.problem));
  }
}

// On reals: rounding is part of what must not change.
TEST_CASE("plan: T3 one to eight threads and every layout give the same bits") {
  Draw draw(26);
  for (int round = 0; round < kRounds; ++round) {
    const Sample sample = fill(draw.problem(kDirections[round % 2]), Fill::Reals, draw.source());
    for (const TestTarget& target : targets()) {
      const WithTarget chosen(target.target);
      for (const std::string_view algorithm : algorithm_names()) {
        Values first;
        for (int threads = 1; threads <= 8; ++threads) {
          const Layout layout = kLayouts[static_cast<std::size_t>(threads) % kLayouts.size()];
          const Way way{.options = {.algorithm = std::string(algorithm), .threads = threads},
                        .x = layout,
                        .y = layout,
                        .w = layout};
          Values y = run(sample, way);
          if (y.empty()) continue;
          if (first.empty()) first = y;
          CHECK_MESSAGE(same_bits(y, first), describe(way), " ", describe(sample.problem));
        }
      }
    }
  }
}

}  // namespace
}  // namespace tconv::test
