// The yardstick of tconv bench: what it counts.
#include "kernels/fma_peak.hpp"

#include <doctest/doctest.h>

namespace tconv::kernels {
namespace {

TEST_CASE("fma_peak: operations grow with rounds and with the number of lanes") {
  CHECK(fma_rounds_f32(0) == 0);
  const std::int64_t one = fma_rounds_f32(1);
  CHECK(one > 0);
  CHECK(fma_rounds_f32(1000) == 1000 * one);
  CHECK(fma_rounds_f64(1000) == 500 * one);  // lanes twice as wide, except where there is one
  CHECK_FALSE(fma_target().empty());
}

}  // namespace
}  // namespace tconv::kernels
