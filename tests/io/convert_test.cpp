// Gathering strided, byte-swapped and unaligned elements, and converting them to a layer's dtype.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "io/tensor.hpp"
#include "support/half.hpp"
#include "tensors.hpp"

namespace tconv::io {
namespace {

using tests::elements;
using tests::tensor_of;

template <typename Element>
Error refusal(DType from, const Shape& shape, const std::vector<Element>& values, DType to) {
  const auto result = converted(tensor_of(from, shape, values), to);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::DTypeMismatch);
  CHECK(result.error().where == "x.npy");
  return result.error();
}

TEST_CASE("converted: what is dense and native already is shared, not copied") {
  Tensor tensor = tensor_of<float>(DType::Float32, {2, 1, 3}, {0, 1, 2, 3, 4, 5});
  tensor.strides[1] = 777;  // an axis of extent 1 may come with any stride
  const auto same = converted(tensor, DType::Float32);
  REQUIRE(same);
  CHECK(same->data == tensor.data);
  CHECK(same->strides == Shape{3, 3, 1});
  CHECK(same->name == "x.npy");
}

// Extents around the 32 of a tile, and axes in every order of speed.
template <typename Element>
void check_every_layout(DType dtype, bool swapped) {
  const Shape shape{2, 33, 3, 65};
  std::vector<Element> values(2 * 33 * 3 * 65);
  std::iota(values.begin(), values.end(), Element{1});
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    // The source has its axes in memory in this order; what is expected is dense C order.
    Tensor tensor = tensor_of(dtype, shape, values);
    tensor.swapped = swapped;
    std::int64_t stride = 1;
    for (std::size_t i = 4; i-- > 0;) {
      tensor.strides[order[i]] = stride;
      stride *= shape[order[i]];
    }
    const auto dense = converted(tensor, dtype);
    REQUIRE(dense);
    const auto got = elements<Element>(*dense);
    std::size_t failures = 0, at = 0;
    for (std::int64_t a = 0; a < shape[0]; ++a)
      for (std::int64_t b = 0; b < shape[1]; ++b)
        for (std::int64_t c = 0; c < shape[2]; ++c)
          for (std::int64_t d = 0; d < shape[3]; ++d) {
            const Shape& s = tensor.strides;
            auto expected =
                values[static_cast<std::size_t>(a * s[0] + b * s[1] + c * s[2] + d * s[3])];
            if (swapped) {
              std::string bytes = tests::raw<Element>({expected});
              bytes.assign(bytes.rbegin(), bytes.rend());
              std::memcpy(&expected, bytes.data(), sizeof(Element));
            }
            failures += got[at++] == expected ? 0 : 1;
          }
    CHECK(failures == 0);
    CHECK(dense->strides == c_strides(shape));
    CHECK_FALSE(dense->swapped);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("converted: every order of axes, element size and byte order becomes dense and native") {
  check_every_layout<std::uint8_t>(DType::UInt8, false);
  for (const bool swapped : {false, true}) {
    check_every_layout<std::uint16_t>(DType::Float16, swapped);
    check_every_layout<std::uint32_t>(DType::UInt32, swapped);
    check_every_layout<std::uint64_t>(DType::UInt64, swapped);
  }
}

TEST_CASE("converted: unaligned elements are copied to where they may be read") {
  const std::vector<float> values{1.5F, -2, 3};
  Tensor tensor = tensor_of<char>(DType::Float32, {13}, std::vector<char>(13));
  std::string bytes = 'x' + tests::raw(values);
  const auto file = tests::mapped(bytes);
  tensor.shape = {3};
  tensor.strides = {1};
  tensor.data = std::shared_ptr<const std::byte>(file.data, file.data.get() + 1);
  const auto dense = converted(tensor, DType::Float32);
  REQUIRE(dense);
  CHECK(reinterpret_cast<std::uintptr_t>(dense->data.get()) % alignof(float) == 0);
  CHECK(elements<float>(*dense) == values);
}

TEST_CASE("converted: scalars and empty tensors of any strides") {
  const auto scalar = converted(tensor_of<std::int32_t>(DType::Int32, {}, {7}), DType::Float32);
  REQUIRE(scalar);
  CHECK(elements<float>(*scalar) == std::vector<float>{7});
  Tensor empty = tensor_of<std::int64_t>(DType::Int64, {3, 0, 2}, {});
  empty.strides = {1, 3, 3};
  empty.swapped = true;
  const auto none = converted(empty, DType::Float32);
  REQUIRE(none);
  CHECK(none->shape == Shape{3, 0, 2});
}

TEST_CASE("converted: floats round to nearest even and keep infinities and NaN") {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor tensor =
      tensor_of<double>(DType::Float64, {6}, {0.1, 1 + 0x1p-24, 1e300, -inf, NAN, -0.0});
  const auto single = elements<float>(*converted(tensor, DType::Float32));
  CHECK(single[0] == 0.1F);
  CHECK(single[1] == 1.0F);
  CHECK(std::isinf(single[2]));
  CHECK(single[3] == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(single[4]));
  CHECK(std::signbit(single[5]));
  const auto half = elements<std::uint16_t>(*converted(tensor, DType::Float16));
  CHECK(half[0] == support::half_from_double(0.1));
  CHECK(half[2] == 0x7c00);
  const auto back =
      converted(tensor_of<std::uint16_t>(DType::BFloat16, {2}, {0x3f80, 0xff80}), DType::Float64);
  REQUIRE(back);
  CHECK(elements<double>(*back) == std::vector<double>{1, -inf});
}

TEST_CASE("converted: integers and bool that are exact in the floating type pass") {
  const auto converts = [](DType from, auto values, DType to) {
    const auto count = static_cast<std::int64_t>(values.size());
    return static_cast<bool>(converted(tensor_of(from, {count}, values), to));
  };
  CHECK(converts(DType::Int32, std::vector<std::int32_t>{16777216, -16777216}, DType::Float32));
  CHECK(converts(DType::Int64, std::vector{std::numeric_limits<std::int64_t>::min()},
                 DType::Float32));
  CHECK(converts(DType::UInt64, std::vector{std::uint64_t{1} << 63U}, DType::Float64));
  CHECK(converts(DType::Int16, std::vector<std::int16_t>{2048, -32768}, DType::Float16));
  CHECK(converts(DType::UInt8, std::vector<std::uint8_t>{0, 255}, DType::BFloat16));
  const auto bits = converted(tensor_of<std::uint8_t>(DType::Bool, {3}, {0, 1, 2}), DType::Float32);
  REQUIRE(bits);
  CHECK(elements<float>(*bits) == std::vector<float>{0, 1, 1});  // any byte but zero is true
}

TEST_CASE("converted: the first integer that is not exact is named, with its place") {
  const auto single =
      refusal<std::int32_t>(DType::Int32, {1, 4}, {1, 2, 3, 16777217}, DType::Float32);
  CHECK(single.what == "16777217 at [0, 3] is not exact in float32");
  CHECK(single.hint == "--dtype float64");
  const auto largest = std::numeric_limits<std::int64_t>::max();  // rounds up to 2^63
  const auto wide = refusal<std::int64_t>(DType::Int64, {2}, {0, largest}, DType::Float64);
  CHECK(wide.what == "9223372036854775807 at [1] is not exact in float64");
  CHECK(wide.hint.empty());
  CHECK(refusal<std::uint64_t>(DType::UInt64, {}, {~std::uint64_t{0}}, DType::Float64).what ==
        "18446744073709551615 is not exact in float64");
  CHECK(refusal<std::int16_t>(DType::Int16, {1}, {2049}, DType::Float16).what ==
        "2049 at [0] is not exact in float16");
  CHECK(refusal<std::int32_t>(DType::Int32, {1}, {65536}, DType::Float16).what ==
        "65536 at [0] is not exact in float16");
  CHECK(refusal<std::int16_t>(DType::Int16, {1}, {-257}, DType::BFloat16).what ==
        "-257 at [0] is not exact in bfloat16");
}

TEST_CASE("converted: a number someone typed must not become infinite, a stored one may") {
  Tensor typed = tensor_of<double>(DType::Float64, {2}, {1, 1e39});
  CHECK(converted(typed, DType::Float32));
  typed.untyped = true;
  const auto refused = converted(typed, DType::Float32);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "1e+39 at [1] is too large for float32");
  CHECK(refused.error().hint == "--dtype float64");
  const auto kept = converted(typed, DType::Float64);
  REQUIRE(kept);
  CHECK_FALSE(kept->untyped);
}

TEST_CASE("converted: nothing is converted to integers") {
  CHECK(refusal<float>(DType::Float32, {1}, {1}, DType::Int32).what ==
        "float32 elements are not converted to int32");
  CHECK(converted(tensor_of<std::int32_t>(DType::Int32, {1}, {5}), DType::Int32));
}

}  // namespace
}  // namespace tconv::io
