#include "spec/node.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "spec/spec_error.hpp"

namespace tconv::spec {

Value to_value(const Node& node, std::string_view source) {
  Value value{.offset = node.begin};
  switch (node.kind) {
    case Node::Kind::Literal:
      value = node.literal;
      value.offset = node.begin;
      break;
    case Node::Kind::Name:
    case Node::Kind::Call:
    case Node::Kind::Expression:
      value.kind = Value::Kind::Word;
      value.text = source.substr(node.begin, node.end - node.begin);
      break;
    case Node::Kind::List:
      value.kind = Value::Kind::List;
      value.is_tuple = node.is_tuple;
      for (const Item& item : node.items) value.items.push_back(to_value(item.value, source));
      break;
    case Node::Kind::Dict:
      value.kind = Value::Kind::Object;
      for (const Item& item : node.items)
        value.members.emplace_back(item.name, to_value(item.value, source));
      break;
  }
  return value;
}

std::string description(const Node& node, std::string_view source) {
  switch (node.kind) {
    case Node::Kind::List: return "a list";
    case Node::Kind::Dict: return "a dict";
    case Node::Kind::Literal:
      if (node.literal.kind == Value::Kind::String) return "a string";
      break;
    default: break;
  }
  return in_quotes(source.substr(node.begin, node.end - node.begin));
}

}  // namespace tconv::spec
