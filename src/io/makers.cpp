// Tensors made from a few words.
#include "io/makers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "io/elements.hpp"

namespace tconv::io {
namespace {

constexpr std::array<std::string_view, 5> kNames{"arange", "ones", "zeros", "impulse", "random"};
constexpr std::size_t kMostAxes = 64;  // as NumPy 2

// Output `index` of splitmix64: G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom
// number generators", OOPSLA 2014. Each output is a function of the seed and its index.
std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

double uniform(std::uint64_t bits) {
  const auto grid = static_cast<double>(bits >> 40U);  // 24 bits
  return grid * 0x1p-23 - 1.0;
}

template <typename Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer value = 0;
  const auto [end, failed] = std::from_chars(text.begin(), text.end(), value);
  if (failed != std::errc{} || end != text.end()) return std::nullopt;
  return value;
}

Error misread(const std::string& argument, std::string what) {
  return {.code = ErrorCode::Usage,
          .where = argument,
          .what = std::move(what),
          .hint = "a maker is written as ones:1,3,8,8 or random:1,3,8,8:SEED"};
}

Result<Shape> parse_extents(const std::string& argument, std::string_view text) {
  if (text.empty()) return misread(argument, "no extents after the colon");
  Shape shape;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view field = text.substr(0, comma);
    const auto extent = parse_integer<std::int64_t>(field);
    if (!extent || *extent < 0) {
      return misread(
          argument,
          fmt::format("\"{}\" is no extent: integers from 0 up, with commas between", field));
    }
    if (shape.size() == kMostAxes) {
      return misread(argument, fmt::format("more than {} axes", kMostAxes));
    }
    shape.push_back(*extent);
    if (comma == std::string_view::npos) return shape;
    text.remove_prefix(comma + 1);
  }
}

void fill(std::string_view maker, std::uint64_t seed, const Tensor& tensor, std::byte* bytes,
          std::int64_t count) {
  if (maker == "impulse" && count > 0) {
    std::int64_t middle = 0;
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      middle += tensor.shape[axis] / 2 * tensor.strides[axis];
    }
    store(bytes, middle, 1.0);
  }
  if (maker == "zeros" || maker == "impulse") return;  // the rest is zero already
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = maker == "arange" ? static_cast<double>(i)
                         : maker == "ones"
                             ? 1.0
                             : uniform(splitmix64(seed, static_cast<std::uint64_t>(i)));
    store(bytes, i, value);
  }
}

Result<Tensor> make(std::string_view maker, std::string_view rest, const std::string& argument) {
  std::uint64_t seed = 0;
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    const std::string_view field = rest.substr(colon + 1);
    if (maker != "random") {
      return misread(argument, fmt::format("{} takes no seed, found \":{}\"", maker, field));
    }
    const auto parsed = parse_integer<std::uint64_t>(field);
    if (!parsed) {
      return misread(argument,
                     fmt::format("\"{}\" is no seed: an integer from 0 up of 64 bits", field));
    }
    seed = *parsed;
    rest = rest.substr(0, colon);
  }
  const auto shape = parse_extents(argument, rest);
  if (!shape) return shape.error();
  const auto count = element_count(*shape, DType::Float64);
  auto made = count ? allocate_tensor(DType::Float64, *shape) : Result<NewTensor>(count.error());
  if (!made) {
    made.error().where = argument;
    return made.error();
  }
  fill(maker, seed, made->tensor, made->bytes, *count);
  made->tensor.untyped = true;
  made->tensor.name = argument;
  return std::move(made->tensor);
}

}  // namespace

std::optional<Result<Tensor>> make_tensor(const std::string& argument) {
  const std::size_t colon = argument.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string_view text(argument);
  const auto* const maker = std::find(kNames.begin(), kNames.end(), text.substr(0, colon));
  if (maker == kNames.end()) return std::nullopt;
  return make(*maker, text.substr(colon + 1), argument);
}

std::span<const std::string_view> maker_names() { return kNames; }

}  // namespace tconv::io
