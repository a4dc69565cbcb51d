// Every exact algorithm gives the bits of the reference.
#include <doctest/doctest.h>

#include "plan/random_problem.hpp"
#include "support/sanitized.hpp"

namespace tconv {
namespace {

std::string describe(const Problem& p) {
  std::string text = std::string(name(p.direction)) + " batch " + std::to_string(p.batch) +
                     " groups " + std::to_string(p.groups) + " channels " +
                     std::to_string(p.in_channels) + "->" + std::to_string(p.out_channels);
  for (std::size_t a = static_cast<std::size_t>(kMaxAxes - p.rank); a < kMaxAxes; ++a) {
    const Axis& axis = p.axes[a];
    text += " [input " + std::to_string(axis.input) + " k" + std::to_string(axis.kernel) + " s" +
            std::to_string(axis.stride) + " d" + std::to_string(axis.dilation) + " id" +
            std::to_string(axis.input_dilation) + " " + std::to_string(axis.begin) + ":" +
            std::to_string(axis.end) + "]";
  }
  return text;
}

void compare_all(unsigned seed, int count, bool integers) {
  test::RandomProblems problems(seed);
  for (int i = 0; i < count; ++i) {
    const test::Case c = problems.next(integers);
    const auto expected = c.run({.algorithm = "reference"});
    for (const std::string_view algorithm : algorithm_names()) {
      for (const int threads : {1, 3}) {
        const auto y = c.run({.algorithm = std::string(algorithm), .threads = threads});
        if (y.empty()) continue;  // it does not take this problem
        INFO(i << " " << algorithm << " threads " << threads << ": " << describe(c.problem));
        CHECK(y == expected);
      }
    }
  }
}

TEST_CASE("plan: every algorithm gives the reference's bits, on integers and on reals") {
  const int rounds = tests::kSanitized ? 60 : 200;
  compare_all(1, rounds, true);
  compare_all(2, rounds, false);
}

}  // namespace
}  // namespace tconv
