// Text is told apart by its first byte: a bracket opens JSON or Python's own dicts and lists,
// anything else is statements.
#include "spec/text_spec.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/chain.hpp"
#include "spec/expression_parser.hpp"
#include "spec/json_reader.hpp"
#include "spec/object_spec.hpp"
#include "spec/onnx_model_spec.hpp"
#include "spec/onnx_proto_text.hpp"
#include "spec/onnx_text.hpp"
#include "spec/spec_error.hpp"
#include "spec/token.hpp"

namespace tconv::spec {
namespace {

using Entries = std::vector<Entry>;

Result<Entries> entries_of_layers(const std::vector<Item>& statements, std::string_view text) {
  Result<std::vector<Layer>> layers = layers_of(statements, text);
  if (!layers) return layers.error();
  Entries entries;
  for (Layer& layer : *layers) entries.push_back({.layer = std::move(layer)});
  return entries;
}

// A dict's text has no names of its own; those of JSON are understood all the same.
const Node* first_name(Node& node) {
  if (node.kind == Node::Kind::Name &&
      (node.name == "null" || node.name == "true" || node.name == "false")) {
    node.kind = Node::Kind::Literal;
    node.literal.kind = node.name == "null" ? Value::Kind::None : Value::Kind::Bool;
    node.literal.boolean = node.name == "true";
  }
  if (node.kind == Node::Kind::Name || node.kind == Node::Kind::Call ||
      node.kind == Node::Kind::Expression)
    return &node;
  for (Item& item : node.items)
    if (const Node* found = first_name(item.value)) return found;
  return nullptr;
}

bool holds_dicts(const Node& node) {
  if (node.kind == Node::Kind::Dict) return true;
  return node.kind == Node::Kind::List && !node.items.empty() &&
         node.items.front().value.kind == Node::Kind::Dict;
}

// Text that opens with a bracket and is not JSON. `json` says why not; it is the answer where the
// Python reading fails no later.
Result<Entries> parse_python_brackets(const JsonReading& json, const ObjectContext& context) {
  ExpressionParser parser(context.text);
  Result<std::vector<Item>> statements = parser.statements();
  if (!statements)
    return parser.failed_at() > json.failed_at ? statements.error() : json.value.error();
  Node& root = statements->front().value;
  if (statements->size() != 1 || !holds_dicts(root))
    return entries_of_layers(*statements, context.text);
  if (const Node* name = first_name(root)) {
    if (name->begin <= json.failed_at) return json.value.error();
    return spec_error(context.text, name->begin,
                      fmt::format("expected a value, found {}", description(*name, context.text)));
  }
  return entries_of(to_value(root, context.text), context);
}

Result<Entries> parse_brackets(const ObjectContext& context) {
  const JsonReading json = read_json(context.text);
  return json.value ? entries_of(*json.value, context) : parse_python_brackets(json, context);
}

Result<Entries> parse_statements(std::string_view text) {
  const Result<std::vector<Item>> statements = ExpressionParser(text).statements();
  if (!statements) return statements.error();
  return entries_of_layers(*statements, text);
}

// A node in ONNX's own writing, read as the call it amounts to; messages show what was written.
Result<Entries> parse_onnx_node(const std::string& call, std::string_view text) {
  Result<Entries> entries = parse_statements(call);
  if (!entries) return entries;
  for (Entry& entry : *entries) {
    entry.layer.framework = "onnx";
    entry.layer.source = text;
  }
  return entries;
}

}  // namespace

Result<std::vector<Entry>> parse_text(std::string_view text, const std::filesystem::path& base) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Token first = next_token(text, 0);
  if (first.kind == Token::Kind::End)
    return Error{.code = ErrorCode::Spec,
                 .what = "expected a layer such as nn.Conv2d(1, 1, 3), found no text"};
  if (is_onnx_model(text)) return entries_of_onnx_model(text, base);
  if (const auto call = call_of_onnx_text(text)) return parse_onnx_node(*call, text);
  if (auto node = layer_of_onnx_proto_text(text)) {
    if (!*node) return node->error();
    return Entries{{.layer = **std::move(node)}};
  }
  const bool bracket = text[first.begin] == '{' || text[first.begin] == '[';
  Result<Entries> entries =
      bracket ? parse_brackets({.text = text, .base = base}) : parse_statements(text);
  if (entries && entries->empty())
    return spec_error(text, first.begin, "the model has no layer besides its inputs");
  return entries;
}

}  // namespace tconv::spec
