// The geometry of one axis: the two directions against each other.
#include "kernels/taps.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <tuple>

namespace tconv::kernels {
namespace {

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
