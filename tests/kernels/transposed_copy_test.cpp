// Pixels of channels to channels of pixels, against one element at a time.
#include "kernels/transposed_copy.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "plan/sample.hpp"

namespace tconv::test {
namespace {

template <typename T>
void check(std::int64_t pixels, std::int64_t channels) {
  const std::int64_t from_pitch = (channels + 1) * static_cast<std::int64_t>(sizeof(T));
  const std::int64_t to_pitch = pixels + 3;
  std::vector<std::byte> from(static_cast<std::size_t>(pixels * from_pitch + 1));
  const auto value = [](std::int64_t m, std::int64_t c) { return static_cast<T>(m * 1000 + c); };
  const auto at = [&](std::int64_t m, std::int64_t c) {
    return from.data() + 1 + m * from_pitch + c * static_cast<std::int64_t>(sizeof(T));
  };
  for (std::int64_t m = 0; m < pixels; ++m) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const T v = value(m, c);
      std::memcpy(at(m, c), &v, sizeof v);
    }
  }
  std::vector<T> to(static_cast<std::size_t>(channels * to_pitch), T{-1});
  kernels::copy_transposed(kernels::TransposedCopy<T>{.from = from.data() + 1,
                                                      .from_pitch = from_pitch,
                                                      .pixels = pixels,
                                                      .channels = channels,
                                                      .to = to.data(),
                                                      .to_pitch = to_pitch});
  int wrong = 0;
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t m = 0; m < to_pitch; ++m) {
      const T expected = m < pixels ? value(m, c) : T{-1};
      wrong += to[static_cast<std::size_t>(c * to_pitch + m)] != expected;
    }
  }
  CHECK_MESSAGE(wrong == 0, pixels, " pixels, ", channels, " channels");
}

TEST_CASE("transposed copy: every number of pixels and channels around the vectors, unaligned") {
  for (const TestTarget& target : targets()) {
    CAPTURE(target.name);
    const WithTarget chosen(target.target);
    for (std::int64_t pixels = 1; pixels <= 9; ++pixels) {
      for (std::int64_t channels = 1; channels <= 35; ++channels) {
        check<float>(pixels, channels);
        check<double>(pixels, channels);
      }
    }
  }
}

}  // namespace
}  // namespace tconv::test
