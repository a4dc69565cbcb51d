// What was parsed, as one line of text a layer, for tables of expectations:
//
//   [framework!]module.name(argument, name=argument, ...) [weights=... bias=...]
//
// None, True, 2, 2.5, 'quoted', word, [list], {key: value}.
#pragma once
#include <fmt/format.h>

#include <string>

#include "spec/spec.hpp"

namespace tconv::spec {

inline std::string text_of(const Value& value) {
  std::string text;
  switch (value.kind) {
    case Value::Kind::None: return "None";
    case Value::Kind::Bool: return value.boolean ? "True" : "False";
    case Value::Kind::Int: return std::to_string(value.integer);
    case Value::Kind::Float:
      text = fmt::format("{}", value.real);
      return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    case Value::Kind::String: return "'" + value.text + "'";
    case Value::Kind::Word: return value.text;
    case Value::Kind::List:
      for (const Value& item : value.items) text += (text.empty() ? "" : ", ") + text_of(item);
      return "[" + text + "]";
    case Value::Kind::Object:
      for (const auto& [key, item] : value.members)
        text += (text.empty() ? "" : ", ") + key + ": " + text_of(item);
      return "{" + text + "}";
  }
  return "?";
}

inline std::string text_of(const Entry& entry) {
  const Layer& layer = entry.layer;
  std::string text = layer.framework.empty() ? "" : layer.framework + "!";
  if (!layer.module.empty()) text += layer.module + ".";
  text += layer.name + "(";
  for (const Argument& argument : layer.arguments) {
    if (&argument != &layer.arguments.front()) text += ", ";
    if (!argument.name.empty()) text += argument.name + "=";
    text += text_of(argument.value);
  }
  text += ")";
  for (const std::string& tensor : entry.weights) text += " weights=" + tensor;
  if (!entry.bias.empty()) text += " bias=" + entry.bias;
  return text;
}

inline std::string text_of(const Result<Spec>& spec) {
  if (!spec) return "error: " + spec.error().what;
  std::string text;
  for (const Entry& entry : spec->layers) text += (text.empty() ? "" : "\n") + text_of(entry);
  return text;
}

}  // namespace tconv::spec
