// Statements, arguments and the parser's own machinery. Values: expression_values.cpp.
#include "spec/expression_parser.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spec/literal.hpp"
#include "spec/spec_error.hpp"

namespace tconv::spec {

ExpressionParser::ExpressionParser(std::string_view source)
    : source_(source), token_(next_token(source, 0)) {}

bool ExpressionParser::is(std::string_view punctuation) const {
  return token_.kind == Token::Kind::Punctuation && text_of(source_, token_) == punctuation;
}

bool ExpressionParser::is_keyword_argument() const {
  if (token_.kind != Token::Kind::Name) return false;
  const Token next = next_token(source_, token_.end);
  return next.kind == Token::Kind::Punctuation && source_[next.begin] == '=';
}

// Labels are arbitrary keys of a module's dict, so any text without brackets and quotes will do.
std::size_t ExpressionParser::label_end() const {
  if (!is("(")) return 0;
  const std::size_t close = source_.find_first_of("()[]{}\n,=:\"'", token_.end);
  if (close == std::string_view::npos || source_[close] != ')' || close == token_.end) return 0;
  const std::size_t colon = source_.find_first_not_of(" \t", close + 1);
  return colon != std::string_view::npos && source_[colon] == ':' ? colon + 1 : 0;
}

void ExpressionParser::advance() {
  previous_end_ = token_.end;
  token_ = next_token(source_, token_.end);
}

Error ExpressionParser::fail(std::size_t offset, std::string what) {
  failed_at_ = offset;
  return spec_error(source_, offset, std::move(what));
}

Error ExpressionParser::expected(std::string_view what) {
  // The end is shown right after the last word, not after the white space behind it.
  const bool at_end = token_.kind == Token::Kind::End;
  Error error = fail(at_end ? previous_end_ : token_.begin,
                     fmt::format("expected {}, found {}", what, description(source_, token_)));
  constexpr std::string_view kUnsupported[] = {"/", "%", "**", "@", "|", "&"};
  for (const std::string_view operation : kUnsupported)
    if (is(operation)) error.hint = "only + - * // of integers are computed here";
  if (token_.kind == Token::Kind::Unknown && typographic_bytes(source_, token_.begin) != 0)
    error.hint = "write plain ASCII quotes and minus signs";
  return error;
}

Result<std::vector<Item>> ExpressionParser::statements() {
  std::vector<Item> items;
  while (true) {
    while (is(",") || is(";")) advance();
    if (token_.kind == Token::Kind::End) return items;
    Result<Item> item = statement();
    if (!item) return item.error();
    items.push_back(*std::move(item));
    const bool parted = token_.kind == Token::Kind::End || is(",") || is(";") ||
                        token_.starts_line || label_end() != 0;
    if (!parted) return expected("the end of the layer");
  }
}

Result<Item> ExpressionParser::statement() {
  if (label_end() != 0) return child();
  Item item{.offset = token_.begin};
  Result<Node> node = expression();
  while (node && is("=")) {
    if (node->kind != Node::Kind::Name && node->kind != Node::Kind::Expression)
      return expected("the end of the layer");
    advance();
    node = expression();
  }
  if (!node) return node.error();
  item.value = *std::move(node);
  return item;
}

// `(conv1): Conv2d(...)`, `(0-2): 3 x Conv2d(...)`
Result<Item> ExpressionParser::child() {
  const std::size_t end = label_end();
  const std::size_t close = source_.find(')', token_.end);
  Item item{.role = Item::Role::Child,
            .name = std::string(source_.substr(token_.end, close - token_.end)),
            .offset = token_.begin};
  previous_end_ = end;
  token_ = next_token(source_, end);
  if (const Token times = next_token(source_, token_.end);
      token_.kind == Token::Kind::Integer && text_of(source_, times) == "x") {
    const Result<Value> repeat = integer_value(source_, token_, false);
    if (!repeat) {
      failed_at_ = token_.begin;
      return repeat.error();
    }
    item.repeat = repeat->integer;
    advance();
    advance();
  }
  Result<Node> node = expression();
  if (!node) return node.error();
  item.value = *std::move(node);
  return item;
}

Result<Item> ExpressionParser::argument() {
  if (label_end() != 0) return child();
  if (is("*") || is("**"))
    return fail(token_.begin, "star-arguments are not known here; write the arguments out");
  Item item{.offset = token_.begin};
  if (is_keyword_argument()) {
    item.role = Item::Role::Keyword;
    item.name = text_of(source_, token_);
    advance();
    advance();
  }
  Result<Node> node = expression();
  if (!node) return node.error();
  item.value = *std::move(node);
  return item;
}

Result<std::vector<Item>> ExpressionParser::arguments() {
  std::vector<Item> items;
  std::unordered_set<std::string> keywords;
  advance();
  while (!is(")")) {
    Result<Item> item = argument();
    if (!item) return item.error();
    if (item->role == Item::Role::Keyword && !keywords.insert(item->name).second)
      return fail(item->offset,
                  fmt::format("the argument {} is given twice", in_quotes(item->name)));
    if (item->role == Item::Role::Positional && !keywords.empty())
      return fail(item->offset, "a positional argument cannot follow a keyword argument");
    items.push_back(*std::move(item));
    if (is(",")) {
      advance();
    } else if (!is(")") && label_end() == 0 && !(token_.starts_line && is_keyword_argument())) {
      return expected("\",\" or \")\"");
    }
  }
  advance();
  return items;
}

}  // namespace tconv::spec
