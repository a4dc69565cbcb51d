// Sources: jax jax/_src/lax/convolution.py (conv_dimension_numbers, conv_general_permutations).
#include "frameworks/jax_dimensions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <numeric>

#include "frameworks/assemble.hpp"

namespace tconv::frameworks::lax {
namespace {

using Permutation = std::vector<std::size_t>;

// The two letters that are not spatial.
constexpr std::array<std::string_view, 3> kOwnLetters = {"NC", "OI", "NC"};

std::string spatial_letters(std::string_view letters, std::string_view own) {
  std::string spatial;
  for (const char c : letters) {
    if (own.find(c) == std::string_view::npos) spatial += c;
  }
  return spatial;
}

std::string sorted(std::string text) {
  std::sort(text.begin(), text.end());
  return text;
}

// What is wrong with one of the three; empty where nothing is.
std::string fault_of(const std::string& letters, std::size_t which, int rank) {
  if (letters.size() != static_cast<std::size_t>(rank) + 2) {
    return fmt::format("'{}' needs {} letters, one per axis", letters, rank + 2);
  }
  for (const char own : kOwnLetters[which]) {
    if (std::count(letters.begin(), letters.end(), own) != 1) {
      return fmt::format("'{}' needs the letter {} once", letters, own);
    }
  }
  const std::string in_order = sorted(letters);
  if (std::adjacent_find(in_order.begin(), in_order.end()) != in_order.end()) {
    return fmt::format("'{}' has a letter twice", letters);
  }
  return {};
}

Permutation permutation_of(std::string_view letters, std::size_t which, std::string_view spatial) {
  Permutation axes;
  for (const char c : kOwnLetters[which]) axes.push_back(letters.find(c));
  for (const char c : spatial) axes.push_back(letters.find(c));
  return axes;
}

DimensionNumbers numbers_of(const std::array<std::string, 3>& letters) {
  const std::string spatial = spatial_letters(letters[1], kOwnLetters[1]);
  return {.lhs = permutation_of(letters[0], 0, spatial),
          .rhs = permutation_of(letters[1], 1, spatial),
          .out = permutation_of(letters[2], 2, spatial)};
}

DimensionNumbers default_numbers(int rank, DefaultLayout layout) {
  if (layout == DefaultLayout::ChannelsFirst) {
    Permutation all(static_cast<std::size_t>(rank) + 2);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return {.lhs = all, .rhs = all, .out = all};
  }
  constexpr std::string_view kSpatial[] = {"", "H", "HW", "HWD"};
  const std::string spatial(kSpatial[std::min(rank, 3)]);
  return numbers_of({"N" + spatial + "C", spatial + "IO", "N" + spatial + "C"});
}

// The numbers between a parenthesis and the next.
Permutation tuple_at(std::string_view text, std::size_t at) {
  Permutation tuple;
  const char* const end = text.data() + text.size();
  for (const char* c = text.data() + at + 1; c != end && *c != ')'; ++c) {
    if (std::isdigit(static_cast<unsigned char>(*c)) == 0) continue;
    std::size_t axis = 0;
    const auto [after, failed] = std::from_chars(c, end, axis);
    tuple.push_back(failed == std::errc{} ? axis : text.size());
    c = after - 1;
  }
  return tuple;
}

// The tuples of a ConvDimensionNumbers(lhs_spec=(0, 1, 2), ...): by name, or in its order. Empty
// where there are not just three.
std::vector<Permutation> tuples_in(std::string_view text) {
  constexpr std::string_view kNames[] = {"lhs_spec", "rhs_spec", "out_spec"};
  std::vector<Permutation> tuples(std::size(kNames));
  std::size_t count = 0, from = text.find('(') + 1;
  for (std::size_t at = text.find('(', from); at != std::string_view::npos;
       at = text.find('(', from)) {
    if (count == tuples.size()) return {};
    std::size_t slot = count++;
    for (std::size_t i = 0; i < tuples.size(); ++i) {
      if (text.substr(from, at - from).find(kNames[i]) != std::string_view::npos) slot = i;
    }
    tuples[slot] = tuple_at(text, at);
    from = std::min(text.find(')', at), text.size());
  }
  return tuples;
}

bool is_permutation_of_axes(Permutation axes, int rank) {
  std::sort(axes.begin(), axes.end());
  Permutation all(static_cast<std::size_t>(rank) + 2);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return axes == all;
}

}  // namespace

std::string no_default_layout(int rank) {
  return fmt::format(
      "lax.conv_transpose has default layouts for up to {} spatial axes, this has {}",
      kMostDefaultAxes, rank);
}

DimensionNumbers read_dimension_numbers(Arguments& args, std::string_view name, int rank,
                                        DefaultLayout otherwise) {
  const bool has_default = otherwise == DefaultLayout::ChannelsFirst || rank <= kMostDefaultAxes;
  const DimensionNumbers fallback =
      default_numbers(rank, has_default ? otherwise : DefaultLayout::ChannelsFirst);
  if (!args.has(name)) {
    args.require(has_default, name, no_default_layout(rank),
                 "give dimension_numbers, such as ('NabcdC', 'abcdIO', 'NabcdC')");
    return fallback;
  }
  const Value& value = *args.find(name);
  if (value.kind == Value::Kind::Word &&
      value.text.find("ConvDimensionNumbers") != std::string::npos) {
    const std::vector<Permutation> tuples = tuples_in(value.text);
    const bool whole =
        !tuples.empty() && std::all_of(tuples.begin(), tuples.end(), [&](const Permutation& tuple) {
          return is_permutation_of_axes(tuple, rank);
        });
    args.require(whole, name, fmt::format("{} must name {} axes, each once", value.text, rank + 2));
    return whole ? DimensionNumbers{tuples[0], tuples[1], tuples[2]} : fallback;
  }
  const auto is_text = [](const Value& item) { return item.kind == Value::Kind::String; };
  if (value.kind != Value::Kind::List || value.items.size() != 3 ||
      !std::all_of(value.items.begin(), value.items.end(), is_text)) {
    args.require(false, name,
                 fmt::format("{} = {} must be three strings, such as ('NHWC', 'HWIO', 'NHWC')",
                             name, value_text(value)));
    return fallback;
  }
  std::array<std::string, 3> letters;
  std::array<std::string, 3> spatial;
  bool whole = true;
  for (std::size_t i = 0; i < 3; ++i) {
    letters[i] = value.items[i].text;
    const std::string fault = fault_of(letters[i], i, rank);
    args.require(fault.empty(), name, fmt::format("{}[{}] = {}", name, i, fault));
    whole = whole && fault.empty();
    spatial[i] = sorted(spatial_letters(letters[i], kOwnLetters[i]));
  }
  const bool same = spatial[0] == spatial[1] && spatial[1] == spatial[2];
  args.require(same, name,
               fmt::format("{} = {} must have the same spatial letters", name, value_text(value)));
  return whole && same ? numbers_of(letters) : fallback;
}

std::string kernel_letters(const DimensionNumbers& numbers) {
  const std::size_t rank = numbers.rhs.size() - 2;
  std::vector<std::string> names(numbers.rhs.size());
  names[numbers.rhs[0]] = "O";
  names[numbers.rhs[1]] = "I";
  for (std::size_t i = 0; i < rank; ++i) {
    names[numbers.rhs[i + 2]] = axis_name(static_cast<int>(rank), i);
  }
  return fmt::format("({})", fmt::join(names, ", "));
}

}  // namespace tconv::frameworks::lax
