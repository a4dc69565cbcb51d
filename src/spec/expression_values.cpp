// Expressions: the values of arguments, and the calls that are layers.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spec/expression_parser.hpp"
#include "spec/literal.hpp"
#include "spec/spec_error.hpp"

namespace tconv::spec {

// Every bracket and value comes through here, so here they are bounded.
Result<Node> ExpressionParser::expression() {
  if (depth_ == kMaxDepth)
    return fail(token_.begin, fmt::format("brackets are nested more than {} deep", kMaxDepth));
  if (++values_ > kMaxValues)
    return fail(token_.begin, fmt::format("there are more than {} values", kMaxValues));
  ++depth_;
  Result<Node> node = sum();
  --depth_;
  return node;
}

Result<Node> ExpressionParser::primary() {
  if (token_.kind == Token::Kind::Name) return name_expression();
  if (is("(")) return parenthesised();
  if (is("[")) return list();
  if (is("{")) return dict();
  if (is("<")) return angle_brackets();
  return literal();
}

Result<Node> ExpressionParser::dotted_name() {
  Node node{.kind = Node::Kind::Name,
            .begin = token_.begin,
            .name = std::string(text_of(source_, token_)),
            .name_offset = token_.begin};
  advance();
  while (is(".")) {
    advance();
    if (token_.kind != Token::Kind::Name) return expected("a name after the dot");
    if (!node.module.empty()) node.module += '.';
    node.module += node.name;
    node.name = text_of(source_, token_);
    node.name_offset = token_.begin;
    advance();
  }
  node.end = previous_end_;
  return node;
}

// A name and what is applied to it. The first call is the layer; applications after it, as in
// nn.Conv2d(1, 1, 3)(x), say nothing about it. A bracket on a new line starts something else.
Result<Node> ExpressionParser::name_expression() {
  Result<Node> result = dotted_name();
  if (!result) return result;
  Node& node = *result;
  if (node.module.empty() && (node.name == "None" || node.name == "True" || node.name == "False")) {
    node.kind = Node::Kind::Literal;
    node.literal.kind = node.name == "None" ? Value::Kind::None : Value::Kind::Bool;
    node.literal.boolean = node.name == "True";
    return result;
  }
  while (true) {
    if (is("(") && !token_.starts_line && label_end() == 0) {
      Result<std::vector<Item>> items = arguments();
      if (!items) return items.error();
      if (node.kind == Node::Kind::Name) {
        node.kind = Node::Kind::Call;
        node.items = *std::move(items);
      }
    } else if (is("[") && !token_.starts_line) {
      if (Result<std::vector<Item>> items = elements(']'); !items) return items.error();
      node.kind = Node::Kind::Expression;
    } else if (is(".")) {
      advance();
      if (token_.kind != Token::Kind::Name) return expected("a name after the dot");
      advance();
      node.kind = Node::Kind::Expression;
    } else {
      return result;
    }
    node.end = previous_end_;
  }
}

Result<Node> ExpressionParser::literal() {
  Result<Value> value = [&]() -> Result<Value> {
    switch (token_.kind) {
      case Token::Kind::Integer: return integer_value(source_, token_, false);
      case Token::Kind::Real: return real_value(source_, token_);
      case Token::Kind::String: return string_value(source_, token_);
      default: return expected("a value");
    }
  }();
  if (!value) {
    // Further into a string than its start is no matter: the token is what failed.
    if (token_.kind != Token::Kind::End) failed_at_ = token_.begin;
    return value.error();
  }
  Node node{.begin = token_.begin, .end = token_.end, .literal = *std::move(value)};
  advance();
  return node;
}

// From an opening bracket to its closing one: comma-separated expressions.
Result<std::vector<Item>> ExpressionParser::elements(char closing) {
  const std::string_view close(&closing, 1);
  std::vector<Item> items;
  trailing_comma_ = false;
  advance();
  while (!is(close)) {
    if (is("*")) return fail(token_.begin, "star-expressions are not known here");
    Item item{.offset = token_.begin};
    Result<Node> node = expression();
    if (!node) return node.error();
    item.value = *std::move(node);
    items.push_back(std::move(item));
    trailing_comma_ = is(",");
    if (trailing_comma_) {
      advance();
    } else if (!is(close)) {
      return expected(fmt::format("\",\" or \"{}\"", closing));
    }
  }
  advance();
  return items;
}

Result<Node> ExpressionParser::parenthesised() {
  const std::size_t begin = token_.begin;
  Result<std::vector<Item>> items = elements(')');
  if (!items) return items.error();
  // The comma makes the tuple: (3,) is one, (3) is a 3.
  if (items->size() == 1 && !trailing_comma_) {
    Node node = std::move(items->front().value);
    node.begin = begin;
    node.end = previous_end_;
    return node;
  }
  return Node{
      .kind = Node::Kind::List, .begin = begin, .end = previous_end_, .items = *std::move(items)};
}

Result<Node> ExpressionParser::list() {
  const std::size_t begin = token_.begin;
  Result<std::vector<Item>> items = elements(']');
  if (!items) return items.error();
  return Node{.kind = Node::Kind::List,
              .begin = begin,
              .end = previous_end_,
              .items = *std::move(items),
              .is_tuple = false};
}

Result<Node> ExpressionParser::dict() {
  Node node{.kind = Node::Kind::Dict, .begin = token_.begin};
  std::unordered_set<std::string> keys;
  advance();
  while (!is("}")) {
    Item item{.role = Item::Role::Keyword, .offset = token_.begin};
    Result<Node> key = expression();
    if (!key) return key.error();
    item.name = key->literal.kind == Value::Kind::String
                    ? key->literal.text
                    : std::string(source_.substr(key->begin, key->end - key->begin));
    if (!keys.insert(item.name).second)
      return fail(item.offset, fmt::format("the key {} is given twice", in_quotes(item.name)));
    if (!is(":")) return expected("\":\"");
    advance();
    Result<Node> value = expression();
    if (!value) return value.error();
    item.value = *std::move(value);
    node.items.push_back(std::move(item));
    if (is(",")) {
      advance();
    } else if (!is("}")) {
      return expected("\",\" or \"}\"");
    }
  }
  advance();
  node.end = previous_end_;
  return node;
}

// What Python prints for an object without a text of its own: <function relu at 0x7f30>.
Result<Node> ExpressionParser::angle_brackets() {
  const std::size_t begin = token_.begin;
  int open = 0;
  for (std::size_t at = begin; at < source_.size() && source_[at] != '\n'; ++at) {
    if (source_[at] == '<') ++open;
    if (source_[at] == '>') --open;
    if (open > 0) continue;
    previous_end_ = at + 1;
    token_ = next_token(source_, at + 1);
    return Node{.kind = Node::Kind::Expression, .begin = begin, .end = at + 1};
  }
  return expected("a value");
}

}  // namespace tconv::spec
