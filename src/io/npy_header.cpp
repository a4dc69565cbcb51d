// Parses the header of an .npy file with every number checked against the bytes that are there. The
// dict literal is scanned in place: no recursion, and nothing allocated beyond the shape.
#include "io/npy_header.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "io/npy_descr.hpp"

namespace tconv::io {
namespace {

constexpr std::size_t kMostAxes = 64;  // as NumPy 2

Error malformed(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

// At most `limit` characters of a text from a file, with what a terminal might obey taken out.
std::string printable(std::string_view text, std::size_t limit = 40) {
  std::string shown;
  for (const char c : text.substr(0, limit)) shown += ' ' <= c && c <= '~' ? c : '?';
  if (text.size() > limit) shown += "...";
  return shown;
}

// A cursor over the part of Python's literal syntax that headers use.
class Literal {
 public:
  explicit Literal(std::string_view text) : rest_(text) {}

  bool at_end() {
    skip_space();
    return rest_.empty();
  }

  bool sees(char c) {
    skip_space();
    return rest_.starts_with(c);
  }

  bool take(char c) {
    if (!sees(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_word(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  // A string without escapes, in either kind of quotes.
  std::optional<std::string_view> string() {
    skip_space();
    if (!rest_.starts_with('\'') && !rest_.starts_with('"')) return std::nullopt;
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = rest_.substr(1, end - 1);
    if (content.find('\\') != std::string_view::npos) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return content;
  }

  // A decimal integer of 63 bits; Python 2 wrote some with an L.
  std::optional<std::int64_t> integer() {
    skip_space();
    std::int64_t value = 0;
    const char* const begin = rest_.data();
    const auto [end, failed] = std::from_chars(begin, begin + rest_.size(), value);
    if (failed != std::errc{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - begin));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);
    return value;
  }

  std::string shown() const { return printable(rest_); }

 private:
  void skip_space() {
    const std::size_t used = rest_.find_first_not_of(" \t\r\n\f\v");
    rest_.remove_prefix(used == std::string_view::npos ? rest_.size() : used);
  }

  std::string_view rest_;
};

// (), (3,), (1, 3, 224, 224): a Python tuple, in which one extent needs its comma.
Result<Shape> parse_shape(Literal& literal) {
  const std::string shown = literal.shown();
  const auto no_tuple = [&shown] {
    return malformed(fmt::format("header: shape is not a tuple of integers: {}", shown));
  };
  if (!literal.take('(')) return no_tuple();
  Shape shape;
  bool comma = true;
  while (!literal.take(')')) {
    const auto extent = comma ? literal.integer() : std::nullopt;
    if (!extent) return no_tuple();
    if (*extent < 0) {
      return malformed(fmt::format("header: shape has the negative extent {}", *extent));
    }
    if (shape.size() == kMostAxes) {
      return malformed(fmt::format("header: shape has more than {} axes", kMostAxes));
    }
    shape.push_back(*extent);
    comma = literal.take(',');
  }
  if (shape.size() == 1 && !comma) return no_tuple();
  return shape;
}

struct Keys {
  std::optional<std::string> descr{};
  std::optional<bool> fortran_order{};
  std::optional<Shape> shape{};
};

// The value of `key` at the cursor, into its place in `keys`.
Result<void> parse_value(Literal& literal, std::string_view key, Keys& keys) {
  if (key == "shape") {
    auto shape = parse_shape(literal);
    if (!shape) return shape.error();
    keys.shape = *std::move(shape);
  } else if (key == "fortran_order") {
    const bool is_true = literal.take_word("True");
    if (!is_true && !literal.take_word("False")) {
      return malformed(
          fmt::format("header: fortran_order is neither True nor False: {}", literal.shown()));
    }
    keys.fortran_order = is_true;
  } else if (key == "descr") {
    if (literal.sees('[') || literal.sees('(')) return structured_elements();
    const auto descr = literal.string();
    if (!descr) return malformed(fmt::format("header: descr is no string: {}", literal.shown()));
    keys.descr = printable(*descr);
  } else {
    return malformed(fmt::format("header: key '{}' is not one of 'descr', 'fortran_order', 'shape'",
                                 printable(key)));
  }
  return {};
}

Result<Keys> parse_dict(std::string_view text) {
  Literal literal(text);
  const auto no_dict = [&literal] {
    return malformed(fmt::format("header: no Python dict at: {}", literal.shown()));
  };
  if (!literal.take('{')) return no_dict();
  Keys keys;
  bool comma = true;
  while (!literal.take('}')) {
    const auto key = comma ? literal.string() : std::nullopt;
    if (!key || !literal.take(':')) return no_dict();
    if (const auto parsed = parse_value(literal, *key, keys); !parsed) return parsed.error();
    comma = literal.take(',');
  }
  if (!literal.at_end()) return no_dict();
  return keys;
}

// Where the dict lies in the file.
struct Extent {
  std::size_t begin = 0;
  std::size_t size = 0;
};

Result<Extent> find_dict(std::string_view file) {
  constexpr std::size_t kVersionEnd = kNpyMagic.size() + 2;
  if (file.size() < kVersionEnd || !file.starts_with(kNpyMagic)) {
    return malformed("not an .npy file: it does not begin with \\x93NUMPY and a version");
  }
  const auto byte_at = [file](std::size_t i) { return static_cast<unsigned char>(file[i]); };
  const unsigned major = byte_at(kNpyMagic.size());
  const unsigned minor = byte_at(kNpyMagic.size() + 1);
  if (major < 1 || major > 3 || minor != 0) {
    return malformed(
        fmt::format("version {}.{} of the .npy format is not known; 1.0 to 3.0 are", major, minor));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = kVersionEnd + length_bytes;
  if (file.size() < begin) {
    return malformed(
        fmt::format("expected {} bytes before the header, found {}", begin, file.size()));
  }
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= std::size_t{byte_at(kVersionEnd + i)} << (8 * i);
  }
  if (file.size() - begin < length) {
    return malformed(
        fmt::format("expected {} header bytes, found {}", length, file.size() - begin));
  }
  return Extent{.begin = begin, .size = length};
}

}  // namespace

Result<NpyHeader> parse_npy_header(std::string_view file, bool void2_is_bfloat16) {
  const auto dict = find_dict(file);
  if (!dict) return dict.error();
  auto keys = parse_dict(file.substr(dict->begin, dict->size));
  if (!keys) return keys.error();
  for (const auto& [present, key] : {std::pair{keys->descr.has_value(), "descr"},
                                     std::pair{keys->fortran_order.has_value(), "fortran_order"},
                                     std::pair{keys->shape.has_value(), "shape"}}) {
    if (!present) return malformed(fmt::format("header: key '{}' is missing", key));
  }
  const auto element = parse_npy_descr(*keys->descr, void2_is_bfloat16);
  if (!element) return element.error();
  return NpyHeader{.descr = *std::move(keys->descr),
                   .dtype = element->dtype,
                   .swapped = element->swapped,
                   .fortran_order = *keys->fortran_order,
                   .shape = *std::move(keys->shape),
                   .data_offset_bytes = dict->begin + dict->size};
}

}  // namespace tconv::io
