#include "cli/solve_ranges.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace tconv::cli {
namespace {

// Beyond these nothing real lies, and sums of products of them still fit 63 bits.
constexpr std::int64_t kMostSize = 1 << 30;
constexpr std::int64_t kMostNumber = 1 << 20;

std::vector<std::string_view> split(std::string_view text, std::string_view at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + at.size());
  }
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t least,
                                         std::int64_t most) {
  std::int64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failure] = std::from_chars(text.data(), last, value);
  if (failure != std::errc() || end != last || value < least || value > most) return std::nullopt;
  return value;
}

std::optional<solve::Range> parse_range(std::string_view text, std::int64_t least) {
  const auto ends = split(text, "..");
  if (ends.size() > 2) return std::nullopt;
  const auto first = parse_number(ends.front(), least, kMostNumber);
  const auto last = parse_number(ends.back(), least, kMostNumber);
  if (!first || !last || *last < *first) return std::nullopt;
  return solve::Range{*first, *last};
}

Error refused(const std::string& flag, const std::string& text, std::string_view what) {
  return Error{.code = ErrorCode::Usage, .what = fmt::format("{} {} {}", flag, text, what)};
}

}  // namespace

Result<std::vector<Shape>> parse_sizes(const std::string& flag, const std::string& text) {
  std::vector<Shape> inputs;
  for (const std::string_view input : split(text, ",")) {
    Shape sizes;
    for (const std::string_view part : split(input, "x")) {
      const auto size = parse_number(part, 1, kMostSize);
      if (!size) return refused(flag, text, "is not a size, such as 44, 44x60 or 7,14,28");
      sizes.push_back(*size);
    }
    if (!inputs.empty() && inputs[0].size() != sizes.size()) {
      return refused(flag, text, "has sizes of different numbers of axes");
    }
    inputs.push_back(std::move(sizes));
  }
  return inputs;
}

Result<std::vector<solve::Range>> parse_ranges(const std::string& flag, const std::string& text,
                                               std::int64_t least) {
  std::vector<solve::Range> ranges;
  for (const std::string_view part : split(text, ",")) {
    const auto range = parse_range(part, least);
    if (!range) {
      return refused(
          flag, text,
          fmt::format("is not a number or a range from {} up, such as 3, 1..7 or 3,5", least));
    }
    ranges.push_back(*range);
  }
  return ranges;
}

Result<std::vector<solve::PaddingRange>> parse_padding_ranges(const std::string& text) {
  std::vector<solve::PaddingRange> ranges;
  for (const std::string_view part : split(text, ",")) {
    const auto ends = split(part, ":");
    const auto low = parse_range(ends.front(), -kMostNumber);
    const auto high = parse_range(ends.back(), -kMostNumber);
    if (ends.size() > 2 || !low || !high) {
      return refused("--padding", text,
                     "is not a word, a number, a range or a pair, such as same, 1, 0..2 or 0:1");
    }
    ranges.push_back({.low = *low, .high = *high, .pair = ends.size() == 2});
  }
  return ranges;
}

}  // namespace tconv::cli
