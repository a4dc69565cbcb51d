// T4: distances past 2^31 elements and extents past 2^32, over memory that is only reserved.
#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "plan/sample.hpp"
#include "tconv/plan.hpp"

namespace tconv {
namespace {

constexpr std::int64_t kFar = (std::int64_t{1} << 31) + 1;  // elements

// Zeros; pages that nobody touches cost nothing.
class Reserved {
 public:
  explicit Reserved(std::int64_t floats)
      : bytes_(static_cast<std::size_t>(floats) * sizeof(float)),
        map_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~Reserved() {
    if (map_ != MAP_FAILED) munmap(map_, bytes_);
  }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;

  bool is_there() const { return map_ != MAP_FAILED; }
  std::byte* data() const { return static_cast<std::byte*>(map_); }
  float get(std::int64_t i) const {
    float value = 0;
    std::memcpy(&value, data() + i * 4, sizeof value);
    return value;
  }
  void set(std::int64_t i, float value) const { std::memcpy(data() + i * 4, &value, sizeof value); }

 private:
  std::size_t bytes_;
  void* map_;
};

TEST_CASE("plan: T4 tensors whose neighbours lie more than 2^31 elements apart") {
  constexpr std::int64_t kPixels = 20;
  const Reserved x(2 * kFar), w(2 * kFar), y(2 * kFar);
  if (!x.is_there() || !w.is_there() || !y.is_there()) {
    MESSAGE("the system reserves no such address space");
    return;
  }
  Problem p{.rank = 1, .in_channels = 2, .out_channels = 2};
  p.axes.back() = {.input = kPixels, .kernel = 3, .begin = 1, .end = 1};  // the outer taps are 0
  p.x = {.channel = kFar};
  p.y = {.channel = kFar};
  p.w = {.out = 3, .in = kFar};
  p.x.axes.back() = p.y.axes.back() = p.w.axes.back() = 1;
  for (std::int64_t t = 0; t < kPixels; ++t) {
    x.set(t, static_cast<float>(t));
    x.set(kFar + t, 100);
  }
  for (const auto& [at, value] : {std::pair{1, 1}, {4, 2}}) w.set(at, static_cast<float>(value));
  w.set(kFar + 1, 3);
  w.set(kFar + 4, 4);
  for (const std::string_view algorithm : algorithm_names()) {
    INFO(std::string(algorithm));
    const auto plan =
        Plan::make(p, {.algorithm = std::string(algorithm), .math = Math::Fast, .threads = 1});
    const bool takes_others =
        algorithm == "phase-channels" || algorithm == "depthwise" || algorithm == "panels";
    REQUIRE((plan || takes_others));
    if (!plan) continue;
    // Tiles of 4 round, all others are exact on integers.
    const float off = algorithm == "winograd-4" ? 1e-2F : 0;
    plan->run({.x = x.data(), .w = w.data(), .y = y.data()});
    for (std::int64_t t = 0; t < kPixels; ++t) {
      CHECK(std::abs(y.get(t) - static_cast<float>(t + 300)) <= off);
      CHECK(std::abs(y.get(kFar + t) - static_cast<float>(2 * t + 400)) <= off);
      y.set(t, 0);
      y.set(kFar + t, 0);
    }
  }
  // The middle taps alone, which is all that panels take.
  Problem one = p;
  one.axes.back() = {.input = kPixels};
  const auto panels = Plan::make(one, {.algorithm = "panels", .threads = 1});
  CHECK(static_cast<bool>(panels) == test::has_masked_loads());
  if (panels) {
    panels->run({.x = x.data(), .w = w.data() + 4, .y = y.data()});
    for (std::int64_t t = 0; t < kPixels; ++t) {
      CHECK(y.get(t) == static_cast<float>(t + 300));
      CHECK(y.get(kFar + t) == static_cast<float>(2 * t + 400));
    }
  }
  // As two channels of their own, and 3x3 kernels whose middle row alone meets a pixel.
  p.groups = p.rank = 2;
  p.axes[kMaxAxes - 2] = {.input = 1, .kernel = 3, .begin = 1, .end = 1};
  p.w = {.group = kFar};
  p.w.axes[kMaxAxes - 2] = 3;
  p.w.axes.back() = 1;
  const auto plan = Plan::make(p, {.threads = 1});
  REQUIRE(plan);
  plan->run({.x = x.data(), .w = w.data(), .y = y.data()});
  for (std::int64_t t = 0; t < kPixels; ++t) {
    CHECK(y.get(t) == static_cast<float>(2 * t));
    CHECK(y.get(kFar + t) == 400);
  }
}

TEST_CASE("plan: T4 an input of 2^32 elements that are one and the same") {
  Problem p{.rank = 1};
  p.axes.back() = {.input = (std::int64_t{1} << 32) + 5,
                   .kernel = 3,
                   .stride = std::int64_t{1} << 28,
                   .begin = 1};
  p.w.axes.back() = 1;
  p.y.axes.back() = 1;
  const std::vector<float> x = {2}, w = {1, 10, 100};
  for (const std::string_view algorithm : algorithm_names()) {
    INFO(std::string(algorithm));
    const auto plan = Plan::make(p, {.algorithm = std::string(algorithm), .threads = 1});
    if (!plan) continue;
    std::vector<float> y(17);
    REQUIRE((*output_extents(p)).back() == 17);
    plan->run({.x = reinterpret_cast<const std::byte*>(x.data()),
               .w = reinterpret_cast<const std::byte*>(w.data()),
               .y = reinterpret_cast<std::byte*>(y.data())});
    CHECK(y[0] == 220);
    for (std::size_t i = 1; i < y.size(); ++i) CHECK(y[i] == 222);
  }
}

}  // namespace
}  // namespace tconv
