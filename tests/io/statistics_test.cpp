// Statistics in one pass: against sums by hand, of every order and dtype, and where sums go wrong.
#include "io/statistics.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "../support/temporary_folder.hpp"
#include "io/npy.hpp"
#include "io/read.hpp"
#include "tensors.hpp"

namespace tconv::io {
namespace {

Statistics statistics_of(const std::string& argument) {
  const auto tensor = read_tensor(argument);
  REQUIRE(tensor);
  return statistics(*tensor);
}

TEST_CASE("statistics: of finite elements; the others are counted") {
  const Statistics s = statistics_of(
      R"([[1, 2, 0, "NaN"], [-3, "Infinity", "-Infinity", "Infinity"], [0, 4, -0.0, 8]])");
  CHECK(s.elements == 12);
  CHECK(s.finite == 8);
  CHECK(s.nan == 1);
  CHECK(s.positive_infinite == 2);
  CHECK(s.negative_infinite == 1);
  CHECK(s.zeros == 3);
  CHECK(s.min == -3);
  CHECK(s.max == 8);
  CHECK(s.mean == 1.5);
  CHECK(s.standard_deviation == std::sqrt(94.0 / 8 - 2.25));
}

TEST_CASE("statistics: of nothing, and of nothing finite") {
  CHECK(statistics_of("ones:2,0").elements == 0);
  CHECK(statistics_of("ones:2,0").finite == 0);
  CHECK(statistics_of(R"(["NaN"])").finite == 0);
  CHECK(statistics_of("7").mean == 7);
  CHECK(statistics_of("7").standard_deviation == 0);
}

// 100000 is more than one block and no multiple of it. The mean is (n - 1)/2, the variance
// (n^2 - 1)/12.
TEST_CASE("statistics: of many elements") {
  const Statistics s = statistics_of("arange:100000");
  CHECK(s.min == 0);
  CHECK(s.max == 99999);
  CHECK(s.mean == 49999.5);
  CHECK(s.standard_deviation == doctest::Approx(std::sqrt((1e10 - 1) / 12)).epsilon(1e-14));
}

TEST_CASE("statistics: a large mean and large numbers cost nothing") {
  std::vector<double> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1e9 + (i % 2 == 0 ? 0.5 : -0.5);
  const Statistics near = statistics(tests::tensor_of(DType::Float64, {5000}, values));
  CHECK(near.mean == 1e9);
  CHECK(near.standard_deviation == doctest::Approx(0.5).epsilon(1e-12));

  const double largest = std::numeric_limits<double>::max();
  const Statistics far = statistics(tests::tensor_of(
      DType::Float64, {4}, std::vector<double>{largest, -largest, largest, -largest}));
  CHECK(far.mean == 0);
  CHECK(far.standard_deviation == largest);
}

TEST_CASE("statistics: integers of 64 bits are exact at both ends") {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const Statistics s = statistics(
      tests::tensor_of(DType::Int64, {3}, std::vector<std::int64_t>{kMost, kMost - 1, -kMost}));
  CHECK(element_text(DType::Int64, s.max) == "9223372036854775807");
  CHECK(element_text(DType::Int64, s.min) == "-9223372036854775807");
}

// float32 1 2 3 4 5 6 with the bytes the other way round, in both orders of axes.
TEST_CASE("statistics: any order of bytes and axes") {
  std::vector<std::uint32_t> bits;
  for (const float value : {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}) {
    std::uint32_t word = 0;
    std::memcpy(&word, &value, sizeof word);
    bits.push_back(__builtin_bswap32(word));
  }
  for (const char* const fortran : {"False", "True"}) {
    CAPTURE(fortran);
    const std::string file =
        tests::npy_file(tests::npy_dict(">f4", "(2, 3)", fortran), tests::raw(bits));
    const auto tensor = read_npy(tests::mapped(file), "x.npy", false);
    REQUIRE(tensor);
    CHECK(statistics(*tensor).mean == 3.5);
    CHECK(statistics(*tensor).max == 6);
  }
  Tensor column = tests::tensor_of(DType::Int8, {3}, std::vector<std::int8_t>{1, 50, 2, 60, 3, 70});
  column.strides = {2};
  CHECK(statistics(column).max == 3);
}

// Bytes of memory that this process holds now. Source: proc(5), /proc/[pid]/statm.
std::int64_t resident_bytes() {
  std::int64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// A sparse file of 128 MiB takes no disk; its pages, if they were kept, as much memory.
TEST_CASE("statistics: the pages of a large file are given back on the way") {
  const tests::TemporaryFolder folder;
  constexpr std::int64_t kElements = std::int64_t{1} << 25;
  const std::string header =
      tests::npy_file(tests::npy_dict("<f4", "(" + std::to_string(kElements) + ",)"));
  tests::put_file(folder / "large.npy", header);
  std::filesystem::resize_file(folder / "large.npy",
                               header.size() + static_cast<std::uintmax_t>(kElements) * 4);
  const auto tensor = read_tensor(folder / "large.npy");
  REQUIRE(tensor);
  const std::int64_t before = resident_bytes();
  CHECK(statistics(*tensor).zeros == kElements);
  CHECK(resident_bytes() - before < (std::int64_t{32} << 20));
}

}  // namespace
}  // namespace tconv::io
