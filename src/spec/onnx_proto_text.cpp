#include "spec/onnx_proto_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "spec/literal.hpp"
#include "spec/spec_error.hpp"
#include "spec/token.hpp"

namespace tconv::spec {
namespace {

constexpr std::array<std::string_view, 7> kNodeFields{"input",     "output",     "name",  "op_type",
                                                      "attribute", "doc_string", "domain"};
// Fields of a newer NodeProto, which say nothing about the layer.
constexpr std::array<std::string_view, 3> kOtherFields{"overload", "metadata_props",
                                                       "device_configurations"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class ProtoText {
 public:
  explicit ProtoText(std::string_view source) : source_(source), token_(next_token(source, 0)) {}

  Result<Layer> node() {
    Layer layer{.source = std::string(source_), .framework = "onnx"};
    while (token_.kind != Token::Kind::End) {
      const std::string_view field = text();
      if (token_.kind != Token::Kind::Name ||
          (!is_one_of(field, kNodeFields) && !is_one_of(field, kOtherFields)))
        return expected("a field of a node");
      const std::size_t offset = token_.begin;
      advance();
      if (field == "attribute") {
        auto argument = attribute(offset);
        if (!argument) return argument.error();
        layer.arguments.push_back(*std::move(argument));
      } else if (is("{") || (is(":") && next_is("{"))) {
        if (auto skipped = skip_message(); !skipped) return skipped.error();
      } else {
        auto value = scalar();
        if (!value) return value.error();
        if (field != "op_type") continue;
        layer.name = value->text;
        layer.offset = value->offset;
      }
      skip_separator();
    }
    if (layer.name.empty()) return spec_error(source_, 0, "the node has no op_type");
    return layer;
  }

 private:
  // { name: "strides" ints: 2 ints: 2 type: INTS }; the type repeats what the field says.
  Result<Argument> attribute(std::size_t offset) {
    if (is(":")) advance();
    if (!is("{")) return expected("\"{\"");
    advance();
    Argument argument{.offset = offset};
    bool is_list = false, has_value = false;
    Value list{.kind = Value::Kind::List, .is_tuple = false, .offset = offset};
    while (!is("}")) {
      if (token_.kind != Token::Kind::Name) return expected("a field of an attribute");
      const std::string field(text());
      const std::size_t at = token_.begin;
      advance();
      const bool repeated = field == "ints" || field == "floats" || field == "strings";
      if (repeated && is(":") && next_is("[")) {
        if (auto read = bracketed(list); !read) return read.error();
      } else if (repeated || field == "i" || field == "f" || field == "s" || field == "name" ||
                 field == "type" || field == "doc_string") {
        auto value = scalar();
        if (!value) return value.error();
        if (field == "name") {
          argument.name = value->text;
        } else if (field == "type") {
          is_list = is_list || value->text.ends_with('S');
        } else if (repeated) {
          list.items.push_back(*std::move(value));
        } else if (field != "doc_string") {
          argument.value = *std::move(value);
          has_value = true;
        }
      } else {
        return spec_error(source_, at,
                          fmt::format("an attribute's {} is no number, string or list of these",
                                      in_quotes(field)));
      }
      is_list = is_list || repeated;
      skip_separator();
    }
    advance();
    if (argument.name.empty()) return spec_error(source_, offset, "the attribute has no name");
    if (is_list) argument.value = std::move(list);
    if (!is_list && !has_value) return spec_error(source_, offset, "the attribute has no value");
    return argument;
  }

  // `ints: [2, 2]`
  Result<void> bracketed(Value& list) {
    advance();
    advance();
    while (!is("]")) {
      auto value = literal();
      if (!value) return value.error();
      list.items.push_back(*std::move(value));
      if (is(",")) {
        advance();
      } else if (!is("]")) {
        return expected("\"]\"");
      }
    }
    advance();
    return {};
  }

  Result<Value> scalar() {
    if (!is(":")) return expected("\":\"");
    advance();
    return literal();
  }

  Result<Value> literal() {
    const std::size_t begin = token_.begin;
    const bool negative = is("-");
    if (negative) advance();
    Result<Value> value = Value{};
    switch (token_.kind) {
      case Token::Kind::Integer: value = integer_value(source_, token_, negative); break;
      case Token::Kind::Real: value = real_value(source_, token_); break;
      case Token::Kind::String: value = string_value(source_, token_); break;
      case Token::Kind::Name:  // INTS
        value = Value{.kind = Value::Kind::Word, .text = std::string(text())};
        break;
      default: return expected("a value");
    }
    if (!value) return value;
    if (negative && value->kind == Value::Kind::Float) value->real = -value->real;
    value->offset = begin;
    advance();
    return value;
  }

  Result<void> skip_message() {
    if (is(":")) advance();
    int depth = 0;
    do {
      if (token_.kind == Token::Kind::End) return expected("\"}\"");
      if (is("{")) ++depth;
      if (is("}")) --depth;
      advance();
    } while (depth > 0);
    return {};
  }

  void skip_separator() {
    if (is(",") || is(";")) advance();
  }

  std::string_view text() const { return text_of(source_, token_); }
  bool is(std::string_view punctuation) const {
    return token_.kind == Token::Kind::Punctuation && text() == punctuation;
  }
  bool next_is(std::string_view punctuation) const {
    return text_of(source_, next_token(source_, token_.end)) == punctuation;
  }
  void advance() { token_ = next_token(source_, token_.end); }
  Error expected(std::string_view what) const {
    return spec_error(source_, token_.begin,
                      fmt::format("expected {}, found {}", what, description(source_, token_)));
  }

  std::string_view source_{};
  Token token_{};
};

}  // namespace

std::optional<Result<Layer>> layer_of_onnx_proto_text(std::string_view text) {
  const Token first = next_token(text, 0);
  const Token second = next_token(text, first.end);
  const std::string_view field = text_of(text, first), mark = text_of(text, second);
  if (first.kind != Token::Kind::Name || !is_one_of(field, kNodeFields)) return std::nullopt;
  if (mark != ":" && !(field == "attribute" && mark == "{")) return std::nullopt;
  return ProtoText(text).node();
}

}  // namespace tconv::spec
