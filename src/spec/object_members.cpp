// Members of an object that are arguments, and those that are tensors.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "spec/object_spec.hpp"
#include "spec/spec_error.hpp"

namespace tconv::spec {
namespace {

constexpr std::string_view kMakers[] = {"arange", "ones", "zeros", "impulse", "random"};
constexpr std::string_view kNotFinite[] = {"NaN", "Infinity", "-Infinity"};  // numbers in JSON

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// A tensor argument as the command line would take it from the working directory: a relative path
// starts at the SPEC's file; makers, standard input and values stay as they are.
std::string tensor_argument(const std::string& text, const std::filesystem::path& base) {
  const std::size_t colon = text.find(':');
  const bool is_maker =
      colon != std::string::npos && is_one_of(std::string_view(text).substr(0, colon), kMakers);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_values = first != std::string::npos && (text[first] == '[' || text[first] == '{');
  if (is_maker || is_values || text == "-" || text.empty() || base.empty()) return text;
  return (base / text).string();  // an absolute path replaces the base
}

// The list or object that starts at text[offset], as written.
std::string_view bracketed_text(std::string_view text, std::size_t offset) {
  int open = 0;
  char quote = 0;
  for (std::size_t at = offset; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == '\\') ++at;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{' || c == '(') {
      ++open;
    } else if ((c == ']' || c == '}' || c == ')') && --open == 0) {
      return text.substr(offset, at + 1 - offset);
    }
  }
  return text.substr(offset);
}

bool is_bracketed(const Value& value) {
  return value.kind == Value::Kind::List || value.kind == Value::Kind::Object;
}

Result<std::string> tensor_of(std::string_view key, const Value& value,
                              const ObjectContext& context) {
  if (value.kind == Value::Kind::String && !value.text.empty())
    return tensor_argument(value.text, context.base);
  if (is_bracketed(value)) return std::string(bracketed_text(context.text, value.offset));
  return wrong_kind(key, "a path or values", value, context);
}

// ["depthwise.npy", "pointwise.npy"] is a list of tensors, [[1, 2], [3, 4]] is a tensor.
bool is_list_of_tensors(const Value& value) {
  return value.kind == Value::Kind::List &&
         std::any_of(value.items.begin(), value.items.end(), [](const Value& item) {
           return item.kind == Value::Kind::Object ||
                  (item.kind == Value::Kind::String && !is_one_of(item.text, kNotFinite));
         });
}

Result<void> read_weights(const Value& value, const ObjectContext& context, Entry& entry) {
  if (value.kind == Value::Kind::None) return {};
  const bool several = is_list_of_tensors(value);
  for (std::size_t i = 0; i < (several ? value.items.size() : 1); ++i) {
    Result<std::string> tensor = tensor_of("weights", several ? value.items[i] : value, context);
    if (!tensor) return tensor.error();
    entry.weights.push_back(*std::move(tensor));
  }
  return {};
}

Result<void> read_bias(const Value& value, const ObjectContext& context, Entry& entry) {
  if (value.kind == Value::Kind::None) return {};
  if (value.kind == Value::Kind::String || is_bracketed(value)) {
    Result<std::string> tensor = tensor_of("bias", value, context);
    if (!tensor) return tensor.error();
    entry.bias = *std::move(tensor);
    return {};
  }
  Result<Argument> argument = make_argument("bias", value, context);
  if (!argument) return argument.error();
  entry.layer.arguments.push_back(*std::move(argument));
  return {};
}

// JSON integers that were too wide have become Float; nothing else in their text says so.
bool is_wide_integer(const Value& value, std::string_view text) {
  if (value.kind != Value::Kind::Float || value.offset >= text.size()) return false;
  const std::size_t end = text.find_first_not_of("-0123456789", value.offset);
  const char next = end == std::string_view::npos ? ' ' : text[end];
  return std::string_view(".eE").find(next) == std::string_view::npos;
}

// Checks a value, and takes out offsets: a layer without source has nothing they could point into.
Result<void> settle(Value& value, std::string_view text) {
  if (is_wide_integer(value, text))
    return spec_error(text, value.offset, "the integer does not fit into 64 bits");
  value.offset = 0;
  for (Value& item : value.items)
    if (const Result<void> settled = settle(item, text); !settled) return settled;
  for (auto& [key, inner] : value.members)
    if (const Result<void> settled = settle(inner, text); !settled) return settled;
  return {};
}

}  // namespace

Result<Argument> make_argument(const std::string& name, const Value& value,
                               const ObjectContext& context) {
  Argument argument{.name = name, .value = value};
  if (const Result<void> settled = settle(argument.value, context.text); !settled)
    return settled.error();
  return argument;
}

Result<void> read_tensor_members(const Value& object, const ObjectContext& context, Entry& entry) {
  if (const Value* weights = member(object, "weights"))
    if (const Result<void> read = read_weights(*weights, context, entry); !read) return read;
  if (const Value* bias = member(object, "bias"))
    if (const Result<void> read = read_bias(*bias, context, entry); !read) return read;
  return {};
}

}  // namespace tconv::spec
