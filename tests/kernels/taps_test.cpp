// The geometry of one axis: pad modes against numpy.pad, and the two directions against each other.
#include "kernels/taps.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <tuple>

namespace tconv::kernels {
namespace {

TEST_CASE("borrowed_index: extends 0..3 as numpy.pad does, any distance away") {
  // numpy.pad(np.arange(4), 9, mode)[:9] and [13:], numpy 2.4.
  struct Row {
    PadMode mode;
    const char* before;  // positions -9 .. -1
    const char* after;   // positions 4 .. 12
  };
  const Row rows[] = {{PadMode::Reflect, "321012321", "210123210"},
                      {PadMode::Replicate, "000000000", "333333333"},
                      {PadMode::Circular, "301230123", "012301230"},
                      {PadMode::Symmetric, "001233210", "321001233"}};
  for (const Row& row : rows) {
    CAPTURE(std::string(name(row.mode)));
    std::string before, after;
    for (int p = -9; p < 0; ++p) before += std::to_string(borrowed_index(row.mode, p, 4));
    for (int p = 4; p < 13; ++p) after += std::to_string(borrowed_index(row.mode, p, 4));
    CHECK(before == row.before);
    CHECK(after == row.after);
  }
  CHECK(borrowed_index(PadMode::Reflect, -7, 1) == 0);  // one element has no neighbour to mirror
}

using Link = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // (longer, shorter, kernel)

// Forward and transposed problems of the same geometry link the same elements: T is F's adjoint.
TEST_CASE("axis_taps: transposed taps are the forward ones read backwards") {
  for (std::int64_t kernel : {1, 2, 3, 4}) {
    for (std::int64_t stride : {1, 2, 3}) {
      for (std::int64_t dilation : {1, 2, 3}) {
        for (std::int64_t begin : {0, 1, 4}) {
          const std::int64_t extent = 13;
          const Axis forward{.input = extent,
                             .kernel = kernel,
                             .stride = stride,
                             .dilation = dilation,
                             .begin = begin,
                             .end = 1};
          Problem f{.rank = 1}, t{.direction = Direction::Transposed, .rank = 1};
          f.axes.back() = forward;
          const auto outputs = output_extents(f);
          REQUIRE(outputs);
          Axis backward = forward;
          backward.input = outputs->back();

          std::set<Link> forward_links, transposed_links;
          std::vector<Tap> taps;
          for (std::int64_t p = 0; p < outputs->back(); ++p) {
            axis_taps(f, forward, p, taps);
            for (const Tap& tap : taps) forward_links.insert({tap.input, p, tap.kernel});
          }
          for (std::int64_t p = 0; p < extent; ++p) {
            axis_taps(t, backward, p, taps);
            for (const Tap& tap : taps) transposed_links.insert({p, tap.input, tap.kernel});
          }
          CHECK_FALSE(forward_links.empty());
          CHECK(forward_links == transposed_links);
        }
      }
    }
  }
}

TEST_CASE("axis_taps: taps come in ascending kernel order, zeros left out, constants marked") {
  Problem problem{.rank = 1, .pad_mode = PadMode::Constant};
  const Axis axis{.input = 3, .kernel = 3, .begin = 1, .end = 1};
  std::vector<Tap> taps;
  axis_taps(problem, axis, 0, taps);
  CHECK(taps == std::vector<Tap>{{0, kPadValue}, {1, 0}, {2, 1}});
  problem.pad_mode = PadMode::Zeros;
  axis_taps(problem, axis, 0, taps);
  CHECK(taps == std::vector<Tap>{{1, 0}, {2, 1}});
}

}  // namespace
}  // namespace tconv::kernels
