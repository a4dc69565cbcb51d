// Rows of half precision by vectors against one element at a time.
#include "kernels/half_rows.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <random>
#include <vector>

#include "kernels/target.hpp"
#include "plan/sample.hpp"

namespace tconv::test {
namespace {

template <typename Element>
void check_widening() {
  std::vector<std::uint16_t> bits(1 << 16);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  const auto* const from = reinterpret_cast<const std::byte*>(bits.data());
  std::vector<float> wide(bits.size());
  kernels::half_rows(Element()).widen(from, std::ssize(wide), wide.data());
  int wrong = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const float expected = Element::load(from + 2 * i);
    wrong += std::bit_cast<std::uint32_t>(wide[i]) != std::bit_cast<std::uint32_t>(expected);
  }
  CHECK(wrong == 0);
}

// Floats of every exponent: random ones, and those between two neighbours of the format or next to
// that, where rounding decides.
std::vector<float> floats_to_narrow() {
  std::mt19937 random(41);
  std::vector<float> floats;
  for (std::uint32_t high = 0; high < 1U << 16; ++high) {
    const auto push = [&](std::uint32_t low) {
      floats.push_back(std::bit_cast<float>(high << 16 | low));
    };
    for (const std::uint32_t low : {0x0000U, 0x0001U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU})
      push(low);
    for (const std::uint32_t low : {0x1000U, 0x0fffU, 0x1001U, 0x3000U}) push(low);
    push(static_cast<std::uint32_t>(random() & 0xffffU));
  }
  return floats;
}

template <typename Element>
void check_narrowing(const std::vector<float>& floats) {
  std::vector<std::uint16_t> bits(floats.size()), expected(floats.size());
  auto* const to = reinterpret_cast<std::byte*>(bits.data());
  kernels::half_rows(Element()).narrow(floats.data(), std::ssize(floats), to);
  for (std::size_t i = 0; i < floats.size(); ++i) {
    Element::store(floats[i], reinterpret_cast<std::byte*>(expected.data() + i));
  }
  CHECK((bits == expected));
}

TEST_CASE("half rows: bits of every half, and of floats around every rounding, on every target") {
  const std::vector<float> floats = floats_to_narrow();
  for (const TestTarget& target : targets()) {
    CAPTURE(target.name);
    const WithTarget chosen(target.target);
    check_widening<kernels::Float16Element>();
    check_widening<kernels::BFloat16Element>();
    check_narrowing<kernels::Float16Element>(floats);
    check_narrowing<kernels::BFloat16Element>(floats);
  }
}

TEST_CASE("half rows: of any length, at any address, touch nothing else") {
  for (const TestTarget& target : targets()) {
    CAPTURE(target.name);
    const WithTarget chosen(target.target);
    const auto& rows = kernels::half_rows(kernels::Float16Element());
    for (std::int64_t count = 0; count <= 40; ++count) {
      std::vector<std::byte> halves(2 * 42 + 1, std::byte{0x3c});
      std::vector<float> wide(42, -1.0F);
      rows.widen(halves.data() + 1, count, wide.data() + 1);
      for (std::int64_t i = 0; i < 42; ++i) {
        const bool inside = 1 <= i && i <= count;
        CHECK(wide[static_cast<std::size_t>(i)] == (inside ? 0x1.0fp+0F : -1.0F));
      }
      rows.narrow(std::vector<float>(42, 2.0F).data(), count, halves.data() + 1);
      for (std::int64_t i = 0; i < 85; ++i) {
        const bool inside = 1 <= i && i <= 2 * count;
        const std::byte expected =
            inside ? (i % 2 == 1 ? std::byte{0x00} : std::byte{0x40}) : std::byte{0x3c};
        CHECK((halves[static_cast<std::size_t>(i)] == expected));
      }
    }
  }
}

}  // namespace
}  // namespace tconv::test
