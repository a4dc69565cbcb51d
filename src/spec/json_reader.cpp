// nlohmann's event parser does the reading: it needs no stack for nested brackets, and an iterator
// that counts tells where each event's text ends. Its messages are replaced by ours.
#include "spec/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spec/counting_iterator.hpp"
#include "spec/expression_parser.hpp"
#include "spec/spec_error.hpp"
#include "spec/token.hpp"

namespace tconv::spec {
namespace {

using nlohmann::json;

constexpr std::string_view kSpace = " \t\r\n";

bool is_number(const Value& value) {
  return value.kind == Value::Kind::Int || value.kind == Value::Kind::Float;
}

// End of the JSON number that starts at `at`.
std::size_t number_end(std::string_view text, std::size_t at) {
  const auto byte = [&] { return at < text.size() ? text[at] : '\0'; };
  const auto skip_digits = [&] {
    while ('0' <= byte() && byte() <= '9') ++at;
  };
  if (byte() == '-') ++at;
  if (byte() == '0') {
    ++at;  // and nothing more: JSON has no leading zeros
  } else {
    skip_digits();
  }
  if (byte() == '.') ++at, skip_digits();
  if (byte() != 'e' && byte() != 'E') return at;
  ++at;
  if (byte() == '-' || byte() == '+') ++at;
  skip_digits();
  return at;
}

// A list or object that is not closed yet.
struct Open {
  Value value{};
  std::string key{};  // the member that is being read
  std::unordered_set<std::string> keys{};
  int tensor_depth = 0;  // 1: it is a tensor, 2 and more: it lies within one
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), reached_(text.data()) {}

  JsonReading read() {
    const CountingIterator begin(text_.data(), &reached_);
    const CountingIterator end(text_.data() + text_.size(), &reached_);
    try {
      json::sax_parse(begin, end, this);
    } catch (const json::exception& exception) {
      if (!error_) fail(next_start(), exception.what());
    }
    // To nlohmann a NUL byte is the end.
    if (!error_ && next_start() < text_.size())
      fail(next_start(), fmt::format("expected the end, found {}",
                                     description(text_, next_token(text_, next_start()))));
    if (error_) return {.value = *std::move(error_), .failed_at = failed_at_};
    return {.value = std::move(root_)};
  }

  // The events of nlohmann's interface; false stops it.
  bool null() { return place({.kind = Value::Kind::None}); }
  bool boolean(bool value) { return place({.kind = Value::Kind::Bool, .boolean = value}); }
  bool number_integer(json::number_integer_t value) {
    return place({.kind = Value::Kind::Int, .integer = value});
  }
  bool number_unsigned(json::number_unsigned_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return place({.kind = Value::Kind::Float, .real = static_cast<double>(value)});
    return place({.kind = Value::Kind::Int, .integer = static_cast<std::int64_t>(value)});
  }
  bool number_float(json::number_float_t value, const json::string_t&) {
    return place({.kind = Value::Kind::Float, .real = value});
  }
  bool string(json::string_t& value) {
    return place({.kind = Value::Kind::String, .text = std::move(value)});
  }
  bool binary(json::binary_t&) { return false; }  // not a thing of JSON text
  bool start_object(std::size_t) { return open(Value::Kind::Object); }
  bool start_array(std::size_t) { return open(Value::Kind::List); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(json::string_t& key);
  bool parse_error(std::size_t position, const std::string& token, const json::exception& error);

 private:
  // Where the next token starts: behind what was read, space and the separators that are due.
  std::size_t next_start() const {
    const std::size_t at = text_.find_first_not_of(" \t\r\n,:", read_to_);
    return at == std::string_view::npos ? text_.size() : at;
  }

  // Everything but a number ends where the reading does; behind a number one byte more is read.
  void mark_read() { read_to_ = static_cast<std::size_t>(reached_ - text_.data()); }

  bool open(Value::Kind kind);
  bool close();
  bool place(Value value);
  bool keep(Value value);
  std::string due(std::size_t at) const;
  bool fail(std::size_t offset, std::string what) {
    error_ = spec_error(text_, offset, std::move(what));
    failed_at_ = offset;
    return false;
  }

  std::string_view text_{};
  const char* reached_ = nullptr;
  std::size_t read_to_ = 0;  // end of the last event's text
  bool key_read_ = false;    // the last event was a key
  std::vector<Open> open_{};
  Value root_{};
  bool done_ = false;
  int values_ = 0;  // kept so far
  std::optional<Error> error_{};
  std::size_t failed_at_ = 0;
};

bool Reader::open(Value::Kind kind) {
  if (open_.size() == static_cast<std::size_t>(kMaxDepth))
    return fail(next_start(), fmt::format("brackets are nested more than {} deep", kMaxDepth));
  const bool in_tensor = !open_.empty() && open_.back().tensor_depth > 0;
  const bool is_tensor = key_read_ && is_tensor_key(open_.back().key);
  Open opened{.value = {.kind = kind, .offset = next_start()}};
  if (in_tensor) opened.tensor_depth = open_.back().tensor_depth + 1;
  if (is_tensor && !in_tensor) opened.tensor_depth = 1;
  open_.push_back(std::move(opened));
  key_read_ = false;
  mark_read();
  return true;
}

bool Reader::close() {
  Value value = std::move(open_.back().value);
  open_.pop_back();
  mark_read();
  return keep(std::move(value));
}

bool Reader::place(Value value) {
  value.offset = next_start();
  mark_read();
  if (is_number(value)) read_to_ = number_end(text_, value.offset);
  return keep(std::move(value));
}

bool Reader::keep(Value value) {
  key_read_ = false;
  if (open_.empty()) {
    root_ = std::move(value);
    done_ = true;
    return true;
  }
  Open& parent = open_.back();
  const bool is_list = parent.value.kind == Value::Kind::List;
  if (parent.tensor_depth > 1 || (parent.tensor_depth == 1 && !is_list)) return true;
  std::vector<Value>& items = parent.value.items;
  const bool repeats = parent.tensor_depth == 1 && !items.empty() && is_number(items.back());
  if (repeats && is_number(value)) return true;
  if (++values_ > kMaxValues)
    return fail(value.offset, fmt::format("there are more than {} values", kMaxValues));
  if (is_list) {
    items.push_back(std::move(value));
  } else {
    parent.value.members.emplace_back(std::move(parent.key), std::move(value));
  }
  return true;
}

bool Reader::key(json::string_t& key) {
  Open& object = open_.back();
  const std::size_t start = next_start();
  if (object.tensor_depth == 0 && !object.keys.insert(key).second)
    return fail(start, fmt::format("the key {} is given twice", in_quotes(key)));
  object.key = std::move(key);
  key_read_ = true;
  mark_read();
  return true;
}

// What may stand at `at`, the start of the token after the last event.
std::string Reader::due(std::size_t at) const {
  const std::string_view between = text_.substr(read_to_, at - read_to_);
  const bool parted = between.find_first_of(",:") != std::string_view::npos;
  if (done_) return "the end";
  if (open_.empty()) return "a value";
  if (key_read_) return parted ? "a value" : "\":\"";
  const Value& value = open_.back().value;
  const bool object = value.kind == Value::Kind::Object;
  if (parted) return object ? "a key in double quotes" : "a value";
  const bool fresh =
      std::min(text_.find_first_not_of(kSpace, value.offset + 1), text_.size()) == at;
  if (fresh) return object ? "a key in double quotes or \"}\"" : "a value or \"]\"";
  return object ? "\",\" or \"}\"" : "\",\" or \"]\"";
}

bool Reader::parse_error(std::size_t position, const std::string&, const json::exception& error) {
  // Separators are events to nobody: the offending token is the last one before `position`.
  std::size_t at = std::min(text_.find_first_not_of(kSpace, read_to_), text_.size());
  while (at < text_.size() && std::string_view(",:").find(text_[at]) != std::string_view::npos) {
    if (position == at + 1) break;
    at = std::min(text_.find_first_not_of(kSpace, at + 1), text_.size());
  }
  const std::string expected = due(at);
  if (at == text_.size()) {
    const std::size_t end = text_.find_last_not_of(kSpace) + 1;
    return fail(end, fmt::format("expected {}, found the end", expected));
  }
  if (error.id == 406) return fail(at, "the number does not fit into a float64");
  const bool takes_string = expected.starts_with("a ");  // value, or key
  if (text_[at] == '"' && takes_string) {
    if (position > text_.size())
      return fail(at, "expected the closing quote of a string, found the end");
    return fail(position - 1, "this byte cannot stand in a JSON string");
  }
  Token token = next_token(text_, at);
  if (token.begin != at || token.kind == Token::Kind::String ||
      token.kind == Token::Kind::Unterminated)
    token = {.kind = Token::Kind::Unknown, .begin = at, .end = at + 1};
  const std::string found = text_[at] == '"' ? "a string" : description(text_, token);
  return fail(at, fmt::format("expected {}, found {}", expected, found));
}

}  // namespace

bool is_tensor_key(std::string_view key) { return key == "weights" || key == "bias"; }

JsonReading read_json(std::string_view text) { return Reader(text).read(); }

}  // namespace tconv::spec
