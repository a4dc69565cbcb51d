// Arithmetic in arguments: constants such as kernel_size=2*3 are computed, with names in them
// (ngf * 8) they are kept as text.
#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "spec/expression_parser.hpp"
#include "spec/literal.hpp"
#include "support/checked.hpp"

namespace tconv::spec {
namespace {

constexpr std::string_view kTooLarge = "the integer does not fit into 64 bits";

bool is_integer(const Node& node) {
  return node.kind == Node::Kind::Literal && node.literal.kind == Value::Kind::Int;
}

bool has_name(const Node& node) {
  return node.kind == Node::Kind::Name || node.kind == Node::Kind::Call ||
         node.kind == Node::Kind::Expression;
}

std::optional<std::int64_t> checked_subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

// Rounds down, as Python's // does; b is not 0.
std::optional<std::int64_t> floor_divide(std::int64_t a, std::int64_t b) {
  if (a == std::numeric_limits<std::int64_t>::min() && b == -1) return std::nullopt;
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

}  // namespace

Result<Node> ExpressionParser::combined(const Node& left, std::string_view operation,
                                        const Node& right, std::size_t offset) {
  Node node{.kind = Node::Kind::Expression, .begin = left.begin, .end = right.end};
  if (has_name(left) || has_name(right)) return node;
  if (!is_integer(left) || !is_integer(right))
    return fail(offset, fmt::format("\"{}\" is known between integers only", operation));
  const std::int64_t a = left.literal.integer, b = right.literal.integer;
  if (operation == "//" && b == 0) return fail(offset, "division by zero");
  const std::optional<std::int64_t> value = operation == "+"   ? support::checked_add(a, b)
                                            : operation == "-" ? checked_subtract(a, b)
                                            : operation == "*" ? support::checked_multiply(a, b)
                                                               : floor_divide(a, b);
  if (!value) return fail(offset, std::string(kTooLarge));
  node.kind = Node::Kind::Literal;
  node.literal = {.kind = Value::Kind::Int, .integer = *value};
  return node;
}

Result<Node> ExpressionParser::sum() {
  Result<Node> node = product();
  while (node && (is("+") || is("-"))) {
    const Token operation = token_;
    advance();
    const Result<Node> right = product();
    if (!right) return right;
    node = combined(*node, text_of(source_, operation), *right, operation.begin);
  }
  return node;
}

Result<Node> ExpressionParser::product() {
  Result<Node> node = factor();
  while (node && (is("*") || is("//"))) {
    const Token operation = token_;
    advance();
    const Result<Node> right = factor();
    if (!right) return right;
    node = combined(*node, text_of(source_, operation), *right, operation.begin);
  }
  return node;
}

Result<Node> ExpressionParser::factor() {
  const std::size_t begin = token_.begin;
  bool is_signed = false, negative = false;
  for (; is("-") || is("+"); advance()) {
    negative = negative != is("-");
    is_signed = true;
  }
  if (!is_signed) return primary();
  if (token_.kind == Token::Kind::Integer) {
    // Read with its sign: the least integer has no positive counterpart.
    const Result<Value> value = integer_value(source_, token_, negative);
    if (!value) {
      failed_at_ = token_.begin;
      return value.error();
    }
    const Node node{.begin = begin, .end = token_.end, .literal = *value};
    advance();
    return node;
  }
  Result<Node> node = primary();
  if (!node) return node;
  if (negative) return negated(*std::move(node), begin);
  node->begin = begin;
  return node;
}

Result<Node> ExpressionParser::negated(Node node, std::size_t begin) {
  if (has_name(node)) return Node{.kind = Node::Kind::Expression, .begin = begin, .end = node.end};
  node.begin = begin;
  if (is_integer(node)) {
    const std::optional<std::int64_t> value = checked_subtract(0, node.literal.integer);
    if (!value) return fail(begin, std::string(kTooLarge));
    node.literal.integer = *value;
  } else if (node.kind == Node::Kind::Literal && node.literal.kind == Value::Kind::Float) {
    node.literal.real = -node.literal.real;
  } else {
    return fail(begin, "a minus sign must stand before a number");
  }
  return node;
}

}  // namespace tconv::spec
