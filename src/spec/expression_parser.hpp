// Python expressions, and the forms in which frameworks print their modules.
//
//   statements   { [ "(" label ")" ":" ] [ target "=" ... ] expression  ( newline | "," | ";" ) }
//   arguments    { expression | name "=" expression | "(" label ")" ":" [ n "x" ] expression }
//   expression   sums, differences, products and floor quotients of integers; names with calls,
//                subscripts and attributes; literals; tuples, lists, dicts; `<...>`
//
// Commas part arguments; before `name =` on a new line (flax prints so) and before a child (PyTorch
// prints so) none is needed.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "spec/node.hpp"
#include "spec/token.hpp"
#include "tconv/result.hpp"

namespace tconv::spec {

// Bounds that no honest text meets, so that none exhausts the stack or the memory.
inline constexpr int kMaxDepth = 64;  // of nested brackets
inline constexpr int kMaxValues = 250'000;

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view source);

  // The whole text. Fails with Spec and a caret.
  Result<std::vector<Item>> statements();

  // After a failure: the byte it is about.
  std::size_t failed_at() const { return failed_at_; }

 private:
  Result<Item> statement();
  Result<Item> child();
  Result<Item> argument();
  Result<std::vector<Item>> arguments();  // from "(" to ")"
  Result<Node> expression();
  Result<Node> sum();
  Result<Node> product();
  Result<Node> factor();
  Result<Node> primary();
  Result<Node> dotted_name();
  Result<Node> name_expression();
  Result<Node> literal();
  Result<Node> parenthesised();
  Result<Node> list();
  Result<Node> dict();
  Result<Node> angle_brackets();
  Result<std::vector<Item>> elements(char closing);

  Result<Node> combined(const Node& left, std::string_view operation, const Node& right,
                        std::size_t offset);
  Result<Node> negated(Node node, std::size_t begin);

  bool is(std::string_view punctuation) const;
  bool is_keyword_argument() const;
  std::size_t label_end() const;  // 0 where no `(label):` starts at the token
  void advance();
  Error fail(std::size_t offset, std::string what);
  Error expected(std::string_view what);  // at the token

  std::string_view source_{};
  Token token_{};
  std::size_t previous_end_ = 0;
  std::size_t failed_at_ = 0;
  bool trailing_comma_ = false;  // of the tuple or list that was read last
  int depth_ = 0;
  int values_ = 0;  // read so far
};

}  // namespace tconv::spec
