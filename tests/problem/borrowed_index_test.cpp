// The pad modes against numpy.pad.
#include "problem/borrowed_index.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tconv {
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

}  // namespace
}  // namespace tconv
