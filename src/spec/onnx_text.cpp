#include "spec/onnx_text.hpp"

#include <algorithm>
#include <cctype>

namespace tconv::spec {
namespace {

constexpr auto kNone = std::string_view::npos;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t after_space(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

char closing(char open) { return open == '<' ? '>' : open == '[' ? ']' : ')'; }

// Where the bracket that opens at `open` closes; quoted text is skipped.
std::size_t closing_of(std::string_view text, std::size_t open) {
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = open; i < text.size(); ++i) {
    if (quote != '\0') {
      if (text[i] == quote) quote = '\0';
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == text[open]) {
      ++depth;
    } else if (text[i] == closing(text[open]) && --depth == 0) {
      return i;
    }
  }
  return kNone;
}

void blank(std::string& text, std::size_t from, std::size_t to) {
  std::fill(text.begin() + std::ptrdiff_t(from), text.begin() + std::ptrdiff_t(to), ' ');
}

// `strides: ints = [2]` says the attribute's type, too. Those of a convolution's attributes; any
// other is left, to be refused.
void blank_types(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = text.find(':', from); i < to; i = text.find(':', i + 1)) {
    std::size_t end = after_space(text, i + 1);
    while (end < to && is_word(text[end])) ++end;
    const std::string type = text.substr(after_space(text, i + 1), end - after_space(text, i + 1));
    if (type != "ints" && type != "int" && type != "string") continue;
    if (after_space(text, end) < to && text[after_space(text, end)] == '=') blank(text, i, end);
  }
}

// Tensors by name, `%X, %W`, and nothing that is an argument.
bool are_names(std::string_view text) {
  char before = ',';
  for (const char c : text) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!is_word(c) && std::string_view("%,. /:").find(c) == kNone) return false;
    if (digit && (before == ',' || before == ' ')) return false;
    before = c;
  }
  return true;
}

}  // namespace

std::optional<std::string> call_of_onnx_text(std::string_view text) {
  std::size_t start = after_space(text, 0);
  if (start < text.size() && text[start] == '[') {  // `[conv_1] Y = Conv ...`: the node's name
    const std::size_t named = closing_of(text, start);
    if (named == kNone) return std::nullopt;
    start = named + 1;
  }
  const std::size_t equals = text.find('=', start);
  const std::size_t bracket = text.find_first_of("<[(", start);
  std::size_t begin = equals < bracket ? after_space(text, equals + 1) : after_space(text, start);
  std::size_t end = begin;
  while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
  const std::size_t dot = text.substr(begin, end - begin).rfind('.');
  if (dot != kNone) begin += dot + 1;
  const std::string_view name = text.substr(begin, end - begin);
  if (name != "Conv" && name != "ConvTranspose") return std::nullopt;

  std::size_t first = after_space(text, end);
  if (first == text.size() || std::string_view("<[(").find(text[first]) == kNone) {
    return std::nullopt;
  }
  const std::size_t first_end = closing_of(text, first);
  if (first_end == kNone) return std::nullopt;
  const std::size_t second = after_space(text, first_end + 1);
  const bool inputs_first = text[first] == '(';
  const bool attributes_follow = inputs_first && second < text.size() && text[second] == '<';
  if (inputs_first && !attributes_follow) {
    const std::string_view inside = text.substr(first + 1, first_end - first - 1);
    if (equals > bracket || second < text.size() || !are_names(inside)) return std::nullopt;
    std::string call(text);  // a node without attributes
    blank(call, 0, begin);
    blank(call, first + 1, first_end);
    return call;
  }

  std::string call(text);
  blank(call, 0, begin);
  const std::size_t open = inputs_first ? second : first;
  const std::size_t close = inputs_first ? closing_of(text, second) : first_end;
  if (close == kNone) return std::nullopt;
  if (inputs_first) blank(call, first, second);
  call[open] = '(';
  call[close] = ')';
  blank(call, close + 1, call.size());
  blank_types(call, open, close);
  return call;
}

}  // namespace tconv::spec
