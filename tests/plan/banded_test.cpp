// Bands tile y, and their bits are those of the whole.
#include "plan/banded.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>

#include "plan/random_problem.hpp"
#include "plan/sample.hpp"
#include "support/sanitized.hpp"

namespace tconv::plan {
namespace {

using test::Case;
using test::RandomProblems;

// Every element of y belongs to one band: counted from what the pieces say.
std::vector<int> coverage(const Bands& bands, std::int64_t elements) {
  std::vector<int> times(static_cast<std::size_t>(elements), 0);
  for (const Band& band : bands.bands) {
    CHECK(band.pieces * band.piece <= bands.largest);
    for (std::int64_t i = 0; i < band.pieces * band.piece; ++i) {
      const std::int64_t at = band.y + i / band.piece * band.pitch + i % band.piece;
      if (at < 0 || at >= elements) return {};
      ++times[static_cast<std::size_t>(at)];
    }
  }
  return times;
}

TEST_CASE("bands: small ones tile y of any problem, and give its bits") {
  RandomProblems problems(21);
  std::int64_t cut = 0, many = 0;
  const int rounds = tests::kSanitized ? 120 : 400;
  for (int i = 0; i < rounds; ++i) {
    const Case sample = problems.next(false);
    CAPTURE(test::describe(sample.problem));
    const BandLimits limits{.band_bytes = problems.between(1, 3000),
                            .weight_bytes = problems.between(1, 20'000),
                            .piece_bytes = problems.between(1, 300),
                            .in_place = problems.one_in(3)};
    const auto bands = cut_into_bands(sample.problem, limits);
    if (!bands) continue;
    ++cut;
    many += bands->bands.size() > 3 ? 1 : 0;
    const std::int64_t bytes = size_bytes(sample.problem.dtype);
    if (!limits.in_place) {
      const std::vector<int> once(static_cast<std::size_t>(sample.y_bytes / bytes), 1);
      CHECK(coverage(*bands, sample.y_bytes / bytes) == once);
    }
    const PlanOptions options{.threads = 1};
    const auto expected = sample.run(options);
    std::vector<std::byte> y(expected.size(), std::byte{0x5A}), part(y.size());
    for (const Band& band : bands->bands) {
      const Problem& problem = bands->problems[band.problem];
      const auto plan = Plan::make(problem, options);
      REQUIRE_MESSAGE(plan, plan.error().what);
      std::byte* const place = y.data() + band.y * bytes;
      plan->run({.x = sample.x.data() + band.x * bytes,
                 .w = sample.w.data() + band.w * bytes,
                 .bias = problem.has_bias ? sample.bias.data() + band.bias * bytes : nullptr,
                 .y = limits.in_place ? place : part.data()});
      if (limits.in_place) continue;
      for (std::int64_t p = 0; p < band.pieces; ++p) {
        std::memcpy(place + p * band.pitch * bytes, part.data() + p * band.piece * bytes,
                    static_cast<std::size_t>(band.piece * bytes));
      }
    }
    CHECK(y == expected);
  }
  CHECK(cut > rounds * 3 / 4);
  CHECK(many > rounds * 3 / 10);
}

Problem plane(std::int64_t in, std::int64_t out, std::int64_t extent, bool channels_last) {
  Problem p{.in_channels = in, .out_channels = out};
  for (std::size_t a = kMaxAxes - 2; a < kMaxAxes; ++a) {
    p.axes[a] = {.input = extent, .kernel = 3, .begin = 1, .end = 1};
  }
  const std::int64_t pixel = channels_last ? 1 : extent * extent;
  const auto lay_out = [&](TensorStrides& strides, std::int64_t channels) {
    const std::int64_t step = channels_last ? channels : 1;
    strides.channel = pixel;
    strides.axes[kMaxAxes - 1] = step;
    strides.axes[kMaxAxes - 2] = step * extent;
    strides.batch = channels * extent * extent;
  };
  lay_out(p.x, in);
  lay_out(p.y, out);
  p.w = {.group = 0, .out = in * 9, .in = 9};
  p.w.axes[kMaxAxes - 1] = 1;
  p.w.axes[kMaxAxes - 2] = 3;
  return p;
}

TEST_CASE("bands: what a layer is cut into") {
  struct Row {
    const char* name;
    std::int64_t in, out, extent;
    bool channels_last;
    std::int64_t channels, bands, pieces;  // of the first band
  };
  const Row rows[] = {
      {"small weights: rows of all channels", 64, 64, 256, false, 64, 16, 64},
      {"large weights: a tile of channels at a time, planes whole", 512, 512, 56, false, 32, 16, 1},
      {"channels last: rows, whole", 512, 512, 56, true, 512, 7, 1},
      {"small: one band", 16, 16, 16, false, 16, 1, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto bands = cut_into_bands(plane(row.in, row.out, row.extent, row.channels_last));
    REQUIRE(bands);
    CHECK(static_cast<std::int64_t>(bands->bands.size()) == row.bands);
    CHECK(bands->problems[bands->bands[0].problem].out_channels == row.channels);
    CHECK(bands->bands[0].pieces == row.pieces);
  }
}

TEST_CASE("bands: nothing where y is not dense, or reflected rows hold on to each other") {
  Problem gaps = plane(4, 4, 8, false);
  gaps.y.channel += 1;
  CHECK_FALSE(cut_into_bands(gaps));

  Problem reflected = plane(4, 4, 800, false);
  reflected.pad_mode = PadMode::Reflect;
  const auto bands = cut_into_bands(reflected);
  REQUIRE(bands);
  CHECK(bands->bands.size() == 1);
}

TEST_CASE("banded: bits for every thread count, in place and streamed") {
  RandomProblems problems(22);
  std::int64_t streamed = 0;
  for (int i = 0; i < 150; ++i) {
    const Case sample = problems.next(false);
    CAPTURE(test::describe(sample.problem));
    const auto expected = sample.run({.threads = 1});
    for (const int threads : {1, 3}) {
      const PlanOptions options{.threads = threads};
      const auto whole = Plan::make(sample.problem, options);
      REQUIRE(whole);
      std::vector<std::byte> y(expected.size(), std::byte{0x5A});
      const Operands operands{.x = sample.x.data(),
                              .w = sample.w.data(),
                              .bias = sample.problem.has_bias ? sample.bias.data() : nullptr,
                              .y = y.data()};
      if (const auto in_place =
              Banded::make(sample.problem, *whole, options, Banded::Goal::InPlace)) {
        in_place->run(operands);
        CHECK(y == expected);
      }
      const auto banded = Banded::make(sample.problem, *whole, options, Banded::Goal::Streamed);
      if (!banded) continue;
      ++streamed;
      std::fill(y.begin(), y.end(), std::byte{0x5A});
      Operands no_y = operands;
      no_y.y = nullptr;
      const auto done =
          banded->run(no_y, [&](const std::byte* from, std::int64_t size, std::int64_t at) {
            std::memcpy(y.data() + at, from, static_cast<std::size_t>(size));
            return Result<void>{};
          });
      CHECK(done);
      CHECK(y == expected);
    }
  }
  CHECK(streamed > 200);
}

TEST_CASE("banded: the first error of a write ends the run") {
  const Problem problem = plane(3, 40, 300, false);
  const PlanOptions options{.threads = 2};
  const auto whole = Plan::make(problem, options);
  REQUIRE(whole);
  const auto banded = Banded::make(problem, *whole, options, Banded::Goal::Streamed);
  REQUIRE(banded);
  const std::vector<float> x(3 * 90'000, 1.0F), w(40 * 27, 1.0F);
  std::atomic<int> calls{0};
  const auto done = banded->run({.x = reinterpret_cast<const std::byte*>(x.data()),
                                 .w = reinterpret_cast<const std::byte*>(w.data())},
                                [&](const std::byte*, std::int64_t, std::int64_t) -> Result<void> {
                                  ++calls;
                                  return Error{.code = ErrorCode::Output, .what = "full"};
                                });
  REQUIRE_FALSE(done);
  CHECK(done.error().what == "full");
  CHECK(calls <= 2);  // one a thread
}

}  // namespace
}  // namespace tconv::plan
