#include "io/safetensors_json.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

namespace tconv::io {
namespace {

using nlohmann::json;

constexpr std::string_view kMetadata = "__metadata__";
constexpr std::size_t kLongestShown = 60;
constexpr std::size_t kMostAxes = 64;  // as for .npy files

std::string shown(std::string_view name) {
  return fmt::format("\"{}{}\"", name.substr(0, kLongestShown),
                     name.size() > kLongestShown ? "..." : "");
}

// The parser's events:
//   {"__metadata__": {"key": "text", ...},
//    "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
class Walker {  // NOLINT(cppcoreguidelines-special-member-functions): lives for one parse
 public:
  bool null() { return unexpected("null"); }
  bool boolean(bool) { return unexpected("true or false"); }
  bool number_integer(std::int64_t) { return unexpected("a negative number"); }
  bool number_unsigned(std::uint64_t value) {
    if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      return fail(fmt::format("{} is more than 63 bits count", value));
    }
    if (place_ == Place::Shape) {
      if (entry_.shape.size() == kMostAxes) {
        return fail(fmt::format("its shape has more than {} axes", kMostAxes));
      }
      entry_.shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (place_ != Place::Offsets) return unexpected("a number");
    if (offsets_ == 2) return fail("data_offsets has more than two numbers");
    (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
    return true;
  }
  bool number_float(double, const std::string& digits) { return unexpected(digits); }
  bool string(std::string& text) {
    if (place_ == Place::Metadata) return true;
    if (place_ != Place::Entry || key_ != "dtype") return unexpected(shown(text));
    entry_.dtype = text;
    return true;
  }
  bool binary(json::binary_t&) { return unexpected("binary"); }
  bool start_object(std::size_t) {
    if (place_ == Place::Before) {
      place_ = Place::Top;
    } else if (place_ == Place::Top) {
      place_ = in_metadata_ ? Place::Metadata : Place::Entry;
    } else {
      return unexpected("an object");
    }
    return true;
  }
  bool end_object() {
    if (place_ == Place::Entry && !take_entry()) return false;
    place_ = place_ == Place::Top ? Place::After : Place::Top;
    return true;
  }
  bool start_array(std::size_t) {
    if (place_ != Place::Entry || key_ == "dtype") return unexpected("a list");
    place_ = key_ == "shape" ? Place::Shape : Place::Offsets;
    return true;
  }
  bool end_array() {
    if (place_ == Place::Offsets && offsets_ != 2) return fail("data_offsets is not two numbers");
    place_ = Place::Entry;
    return true;
  }
  bool key(std::string& text) {
    if (place_ == Place::Top) return begin_entry(text);
    if (place_ == Place::Metadata) return true;
    key_ = text;
    int* const count = text == "dtype"          ? &dtypes_
                       : text == "shape"        ? &shapes_
                       : text == "data_offsets" ? &data_offsets_
                                                : nullptr;
    if (count == nullptr) return fail("has the unknown key " + shown(text));
    if (++*count > 1) return fail("says " + text + " twice");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) {
    entry_.name.clear();
    return fail(
        fmt::format("the header is no JSON object: byte {} of it is out of place", position));
  }

  std::vector<SafetensorsEntry> entries{};
  std::string problem{};

 private:
  enum class Place { Before, Top, Metadata, Entry, Shape, Offsets, After };

  bool begin_entry(const std::string& name) {
    entry_ = {.name = name};
    in_metadata_ = name == kMetadata;
    dtypes_ = shapes_ = data_offsets_ = offsets_ = 0;
    return names_.insert(name).second || fail("is there twice");
  }

  bool take_entry() {
    if (dtypes_ == 0) return fail("has no dtype");
    if (shapes_ == 0) return fail("has no shape");
    if (data_offsets_ == 0) return fail("has no data_offsets");
    entries.push_back(std::move(entry_));
    return true;
  }

  bool unexpected(const std::string& what) { return fail(what + " is out of place"); }

  bool fail(const std::string& what) {
    problem = entry_.name.empty() ? what : fmt::format("{}: {}", shown(entry_.name), what);
    return false;
  }

  Place place_ = Place::Before;
  bool in_metadata_ = false;
  std::string key_{};
  SafetensorsEntry entry_{};
  int dtypes_ = 0, shapes_ = 0, data_offsets_ = 0;  // how often the entry says them
  int offsets_ = 0;                                 // numbers of data_offsets
  std::unordered_set<std::string> names_{};
};

}  // namespace

Result<std::vector<SafetensorsEntry>> parse_safetensors_json(std::string_view text) {
  Walker walker;
  if (!json::sax_parse(text.begin(), text.end(), &walker)) {
    return Error{.code = ErrorCode::Input, .what = std::move(walker.problem)};
  }
  return std::move(walker.entries);
}

}  // namespace tconv::io
