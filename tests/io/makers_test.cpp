// Tensors made from a few words.
#include "io/makers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tensors.hpp"

namespace tconv::io {
namespace {

using tests::elements;
using Values = std::vector<double>;

Tensor make(const std::string& argument) {
  CAPTURE(argument);
  auto made = make_tensor(argument);
  REQUIRE(made);
  REQUIRE(*made);
  CHECK((*made)->untyped);
  CHECK((*made)->name == argument);
  return **std::move(made);
}

Error refusal(const std::string& argument) {
  const auto made = make_tensor(argument);
  REQUIRE(made);
  REQUIRE_FALSE(*made);
  CHECK(made->error().where == argument);
  return made->error();
}

TEST_CASE("make_tensor: what each maker makes") {
  CHECK(elements<double>(make("arange:2,3")) == Values{0, 1, 2, 3, 4, 5});
  CHECK(make("arange:1,1,4,4").shape == Shape{1, 1, 4, 4});
  CHECK(elements<double>(make("ones:3")) == Values{1, 1, 1});
  CHECK(elements<double>(make("zeros:1,2")) == Values{0, 0});
  CHECK(elements<double>(make("impulse:5")) == Values{0, 0, 1, 0, 0});
  CHECK(elements<double>(make("impulse:1,2,3")) == Values{0, 0, 0, 0, 1, 0});
  CHECK(make("impulse:3,0").shape == Shape{3, 0});
}

// splitmix64 with seed 0 begins e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f: the published
// test vector.
TEST_CASE("make_tensor: random numbers are splitmix64's, by default from seed 0") {
  const Values expected{0xe220a8 * 0x1p-23 - 1, 0x6e789e * 0x1p-23 - 1, 0x06c45d * 0x1p-23 - 1};
  CHECK(elements<double>(make("random:3")) == expected);
  CHECK(elements<double>(make("random:3:0")) == expected);
  CHECK(elements<double>(make("random:3:1")) != expected);
  make("random:3:18446744073709551615");
}

TEST_CASE("make_tensor: random numbers fill [-1, 1) evenly and are exact in float32") {
  const auto values = elements<double>(make("random:100,1000:7"));
  double sum = 0, squares = 0;
  bool in_range = true, exact = true;
  for (const double value : values) {
    in_range = in_range && -1 <= value && value < 1;
    exact = exact && static_cast<double>(static_cast<float>(value)) == value;
    sum += value;
    squares += value * value;
  }
  CHECK(in_range);
  CHECK(exact);
  // Mean 0 and variance 1/3, within five standard errors of 10^5 samples.
  CHECK(std::abs(sum / 1e5) < 5 * std::sqrt(1.0 / 3 / 1e5));
  CHECK(std::abs(squares / 1e5 - 1.0 / 3) < 5 * std::sqrt((1.0 / 5 - 1.0 / 9) / 1e5));
}

TEST_CASE("make_tensor: extents and seeds that cannot be read") {
  for (const std::string argument :
       {"ones:", "ones:3,", "ones:,3", "ones:3x3", "ones:-1", "ones:+1", "ones: 3", "ones:1.5",
        "ones:9223372036854775808", "ones:3:1", "random:3:", "random:3:x", "random:3:-1",
        "random:3:1:2", "random:3:18446744073709551616"}) {
    CAPTURE(argument);
    CHECK(refusal(argument).code == ErrorCode::Usage);
  }
  std::string axes = "ones:1";
  for (int i = 0; i < 64; ++i) axes += ",1";
  CHECK(refusal(axes).what == "more than 64 axes");
}

TEST_CASE("make_tensor: sizes beyond the machine are refused before work starts") {
  CHECK(refusal("ones:4294967296,4294967296").code == ErrorCode::ShapeMismatch);
  CHECK(refusal("random:4294967296,67108864").code == ErrorCode::TooLarge);
}

TEST_CASE("make_tensor: other words are not makers") {
  for (const std::string argument : {"x.npy", "ones", "Ones:3", "one:3", ":3", "", "./ones:3"}) {
    CAPTURE(argument);
    CHECK_FALSE(make_tensor(argument));
  }
}

}  // namespace
}  // namespace tconv::io
