// Values of command-line flags: a whole number, a list of them, pairs `low:high`, or a word.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "spec/spec.hpp"
#include "spec/spec_error.hpp"
#include "support/caret.hpp"

namespace tconv::spec {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

class FlagReader {
 public:
  FlagReader(std::string_view flag, std::string_view text) : flag_(flag), text_(text) {}

  Result<Value> read() const {
    const std::string_view body = without_brackets(trimmed(text_));
    if (body.empty()) return fail(text_, "a value");
    if (is_word(body)) return word(body);
    if (body.find_first_of(",:") == std::string_view::npos && body == trimmed(text_))
      return integer(body);
    Value list{.kind = Value::Kind::List};
    for (const std::string_view part : split(body, ',')) {
      Result<Value> item = part.find(':') == std::string_view::npos ? integer(part) : pair(part);
      if (!item) return item;
      list.items.push_back(*std::move(item));
    }
    return list;
  }

 private:
  // (2, 2) and [2, 2], as a call would have them.
  static std::string_view without_brackets(std::string_view text) {
    const bool bracketed = text.size() >= 2 && ((text.front() == '(' && text.back() == ')') ||
                                                (text.front() == '[' && text.back() == ']'));
    if (!bracketed) return text;
    text = trimmed(text.substr(1, text.size() - 2));
    if (text.ends_with(',')) text.remove_suffix(1);  // (3,)
    return trimmed(text);
  }

  static bool is_word(std::string_view text) {
    const auto is_letter = [](char c) {
      return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_';
    };
    return is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
             return is_letter(c) || ('0' <= c && c <= '9') || c == '-' || c == '.';
           });
  }

  static Value word(std::string_view text) {
    if (text == "none" || text == "None") return {.kind = Value::Kind::None};
    if (text == "true" || text == "True") return {.kind = Value::Kind::Bool, .boolean = true};
    if (text == "false" || text == "False") return {.kind = Value::Kind::Bool};
    return {.kind = Value::Kind::Word, .text = std::string(text)};
  }

  static std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(separator, begin), text.size());
      parts.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return parts;
  }

  Result<Value> pair(std::string_view text) const {
    const std::vector<std::string_view> parts = split(text, ':');
    if (parts.size() != 2) return fail(text, "a pair low:high");
    Value list{.kind = Value::Kind::List};
    for (const std::string_view part : parts) {
      Result<Value> item = integer(part);
      if (!item) return item;
      list.items.push_back(*std::move(item));
    }
    return list;
  }

  Result<Value> integer(std::string_view part) const {
    std::string_view digits = trimmed(part);
    if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
    Value value{.kind = Value::Kind::Int};
    const char* last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, value.integer);
    if (digits.empty() || end != last || error == std::errc::invalid_argument)
      return fail(part, "a whole number");
    if (error == std::errc::result_out_of_range) return fail(part, "an integer of 64 bits");
    return value;
  }

  // `part` lies within text_.
  Error fail(std::string_view part, std::string_view wanted) const {
    const std::string_view found = trimmed(part);
    const char* place = found.empty() ? part.data() : found.data();
    return {
        .code = ErrorCode::Usage,
        .where = std::string(flag_),
        .what = fmt::format("expected {}, found {}", wanted,
                            found.empty() ? "nothing" : in_quotes(found)),
        .hint =
            "write 2, or 2,2 (one an axis), or 1:2,0:1 (low:high pairs), or a word such as "
            "same",
        .excerpt = support::caret_excerpt(text_, static_cast<std::size_t>(place - text_.data()))};
  }

  std::string_view flag_{}, text_{};
};

}  // namespace

Result<Value> parse_flag_value(std::string_view flag, std::string_view text) {
  return FlagReader(flag, text).read();
}

}  // namespace tconv::spec
