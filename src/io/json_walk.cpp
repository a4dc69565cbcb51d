// The frame of a JSON tensor over nlohmann's event parser, which keeps no document in memory.
#include "io/json_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "support/caret.hpp"
#include "support/suggest.hpp"

namespace tconv::io {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kKeys{"shape", "dtype", "data"};
constexpr std::size_t kLongestShown = 40;

Error refused(std::string what) { return {.code = ErrorCode::Input, .what = std::move(what)}; }

std::string in_quotes(std::string_view text) {
  const std::string_view shown = text.substr(0, kLongestShown);
  return fmt::format("\"{}{}\"", shown, shown.size() < text.size() ? "..." : "");
}

Result<DType> dtype_named(std::string_view word) {
  if (const auto dtype = dtype_from_name(word)) return *dtype;
  constexpr std::array<std::string_view, 13> kNames{
      "bool",   "int8",   "int16",   "int32",    "int64",   "uint8",  "uint16",
      "uint32", "uint64", "float16", "bfloat16", "float32", "float64"};
  return refused(fmt::format("dtype {} is not known{}", in_quotes(word),
                             support::did_you_mean(word.substr(0, kLongestShown), kNames)));
}

// nlohmann's description of a syntax error, without its preamble and without the text read so far,
// which the excerpt shows.
std::string syntax_problem(std::string_view described) {
  for (const std::string_view mark : {" - ", ": "}) {
    const std::size_t at = described.find(mark);
    if (at == std::string_view::npos) continue;
    described.remove_prefix(at + mark.size());
    break;
  }
  std::string problem(described);
  const std::size_t read = problem.find("; last read: '");
  if (read == std::string::npos) return problem;
  const std::size_t expected = problem.rfind("'; expected ");
  if (expected == std::string::npos || expected < read) return problem.substr(0, read);
  return problem.substr(0, read) + problem.substr(expected + 1);
}

Error syntax_error(std::string_view text, std::size_t offset, const std::string& problem) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.find_last_of('\n') + 1;  // npos + 1 is 0
  Error error = refused(fmt::format("line {}, column {}: {}",
                                    1 + std::count(before.begin(), before.end(), '\n'),
                                    1 + offset - line_start, problem));
  error.excerpt = support::caret_excerpt(text, offset);
  const std::string_view rest = text.substr(offset);
  for (const std::string_view word : {"NaN", "nan", "Inf", "inf", "-Inf", "-inf", "-nan"}) {
    if (rest.starts_with(word)) error.hint = R"(quote it: "NaN", "Infinity", "-Infinity")";
  }
  return error;
}

// The parser's events. Where it stands decides what a value is for.
class Walker {  // NOLINT(cppcoreguidelines-special-member-functions): lives for one parse
 public:
  Walker(std::string_view text, JsonData& data) : text_(text), data_(data) {}

  bool null() { return scalar({.kind = JsonScalar::Kind::Null}); }
  bool boolean(bool value) { return scalar({.kind = JsonScalar::Kind::Bool, .boolean = value}); }
  bool number_integer(std::int64_t value) {
    return scalar({.kind = JsonScalar::Kind::Signed, .signed_integer = value});
  }
  bool number_unsigned(std::uint64_t value) {
    return scalar({.kind = JsonScalar::Kind::Unsigned, .unsigned_integer = value});
  }
  bool number_float(double value, const std::string& digits) {
    return scalar({.kind = JsonScalar::Kind::Real, .real = value, .text = digits});
  }
  bool string(const std::string& value) {
    return scalar({.kind = JsonScalar::Kind::Text, .text = value});
  }
  bool binary(const json::binary_t&) { return fail(refused("binary values are no numbers")); }

  bool start_object(std::size_t) {
    if (place_ != Place::Start) return fail(refused("an object stands where numbers belong"));
    place_ = Place::Keys;
    return true;
  }

  bool key(const std::string& word) {
    if (std::find(kKeys.begin(), kKeys.end(), word) == kKeys.end()) {
      return fail(refused(fmt::format(
          R"(key {} is not one of "shape", "dtype", "data"{})", in_quotes(word),
          support::did_you_mean(std::string_view(word).substr(0, kLongestShown), kKeys))));
    }
    const bool again = (word == "shape" && frame_.shape) || (word == "dtype" && frame_.dtype) ||
                       (word == "data" && has_data_);
    if (again) return fail(refused(fmt::format("key {} is there twice", in_quotes(word))));
    place_ = word == "shape" ? Place::Shape : word == "dtype" ? Place::DType : Place::Data;
    return true;
  }

  bool end_object() {
    if (!has_data_) return fail(refused(R"(the object has no "data")"));
    return true;
  }

  bool start_array(std::size_t) {
    if (place_ == Place::Shape && !frame_.shape) {
      frame_.shape.emplace();
      return true;
    }
    if (place_ != Place::Start && place_ != Place::Data) return fail(misplaced("an array"));
    place_ = Place::Data;
    ++depth_;
    return data_.begin_row();
  }

  bool end_array() {
    if (place_ == Place::Shape) {
      place_ = Place::Keys;
      return true;
    }
    --depth_;
    if (depth_ == 0) finish_data();
    return data_.end_row();
  }

  template <typename Exception>
  bool parse_error(std::size_t position, const std::string& last_token, const Exception& problem) {
    // `position` is past the last character read, which is the first that is wrong; at the end of
    // the text it counts one more. A number that is too large is known once it ends.
    constexpr int kNumberOverflow = 406;
    const bool overflow = problem.id == kNumberOverflow;
    const std::size_t back = overflow ? last_token.size() : 1;
    const std::size_t offset = std::min(position - std::min(position, back), text_.size());
    if (overflow) {
      return fail(syntax_error(text_, offset,
                               fmt::format("{} is too large for float64", shortened(last_token))));
    }
    return fail(syntax_error(text_, offset, syntax_problem(problem.what())));
  }

  Result<JsonFrame> result(bool finished) {
    if (finished) return std::move(frame_);
    if (error_) return *std::move(error_);
    return *std::move(data_.error);
  }

 private:
  enum class Place { Start, Keys, Shape, DType, Data };

  static std::string shortened(std::string_view token) {
    if (token.size() <= kLongestShown) return std::string(token);
    return std::string(token.substr(0, kLongestShown)) + "...";
  }

  bool fail(Error error) {
    error_ = std::move(error);
    return false;
  }

  Error misplaced(const std::string& found) const {
    if (place_ == Place::Shape) {
      return refused(fmt::format(R"("shape" is a list of integers from 0 up, not {})", found));
    }
    return refused(fmt::format(R"("dtype" is a name such as "float32", not {})", found));
  }

  void finish_data() {
    has_data_ = true;
    place_ = Place::Keys;
  }

  bool scalar(const JsonScalar& value) {
    if (place_ == Place::Shape) return extent(value);
    if (place_ == Place::DType) return dtype(value);
    if (depth_ == 0) finish_data();
    return data_.scalar(value);
  }

  bool extent(const JsonScalar& value) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const bool natural =
        value.kind == JsonScalar::Kind::Unsigned && value.unsigned_integer <= kMost;
    if (!frame_.shape || !natural) return fail(misplaced(shortened(scalar_text(value))));
    frame_.shape->push_back(static_cast<std::int64_t>(value.unsigned_integer));
    return true;
  }

  bool dtype(const JsonScalar& value) {
    if (value.kind != JsonScalar::Kind::Text) return fail(misplaced(scalar_text(value)));
    auto named = dtype_named(value.text);
    if (!named) return fail(std::move(named.error()));
    frame_.dtype = *named;
    place_ = Place::Keys;
    return true;
  }

  std::string_view text_;
  JsonData& data_;
  JsonFrame frame_{};
  std::optional<Error> error_{};
  Place place_ = Place::Start;
  bool has_data_ = false;
  std::size_t depth_ = 0;  // rows open in the data
};

}  // namespace

std::string scalar_text(const JsonScalar& scalar) {
  switch (scalar.kind) {
    case JsonScalar::Kind::Signed: return fmt::format("{}", scalar.signed_integer);
    case JsonScalar::Kind::Unsigned: return fmt::format("{}", scalar.unsigned_integer);
    case JsonScalar::Kind::Real: return std::string(scalar.text);
    case JsonScalar::Kind::Bool: return scalar.boolean ? "true" : "false";
    case JsonScalar::Kind::Text: return in_quotes(scalar.text);
    case JsonScalar::Kind::Null: break;
  }
  return "null";
}

Result<JsonFrame> walk_json(std::string_view text, JsonData& data) {
  Walker walker(text, data);
  try {
    const bool finished = json::sax_parse(text.data(), text.data() + text.size(), &walker,
                                          json::input_format_t::json);
    return walker.result(finished);
  } catch (const std::exception& problem) {  // out of memory for a token
    return refused(problem.what());
  }
}

}  // namespace tconv::io
