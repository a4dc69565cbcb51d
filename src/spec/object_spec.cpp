#include "spec/object_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/expression_parser.hpp"
#include "spec/keras_object.hpp"
#include "spec/spec_error.hpp"
#include "spec/text_spec.hpp"
#include "support/suggest.hpp"

namespace tconv::spec {
namespace {

using Entries = std::vector<Entry>;

// Fails where the object has a member that is not among `known`.
template <std::size_t N>
Result<void> check_keys(const Value& object, const std::string_view (&known)[N],
                        const ObjectContext& context) {
  for (const auto& [key, value] : object.members)
    if (std::find(std::begin(known), std::end(known), key) == std::end(known))
      return spec_error(context.text, value.offset,
                        fmt::format("the key {} has no meaning here{}", in_quotes(key),
                                    support::did_you_mean(key, known)));
  return {};
}

// The text of the member `key`; empty where there is none.
Result<std::string> string_member(const Value& object, std::string_view key,
                                  const ObjectContext& context) {
  const Value* value = member(object, key);
  if (value == nullptr || value->kind == Value::Kind::None) return std::string{};
  if (value->kind != Value::Kind::String) return wrong_kind(key, "a string", *value, context);
  return value->text;
}

Error prefixed(std::string_view where, Error error) {
  error.where =
      error.where.empty() ? std::string(where) : fmt::format("{}: {}", where, error.where);
  return error;
}

// A SPEC inside a SPEC. It is text: a file's name would need a rule against circles.
Result<Entries> entries_of_text(const Value& value, const ObjectContext& context) {
  Result<Entries> entries = parse_text(value.text, context.base);
  if (!entries) return entries;
  for (Entry& entry : *entries)
    if (entry.layer.framework.empty()) entry.layer.framework = context.framework;
  return entries;
}

Result<Entries> entries_of_list(const Value& list, const ObjectContext& context) {
  Entries all;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const Value& item = list.items[i];
    const bool is_text = item.kind == Value::Kind::String;
    if (!is_text && item.kind != Value::Kind::Object)
      return wrong_kind(fmt::format("layers[{}]", i), "an object or the text of a layer", item,
                        context);
    Result<Entries> entries = is_text ? entries_of_text(item, context) : entries_of(item, context);
    if (!entries) return prefixed(fmt::format("layers[{}]", i), std::move(entries.error()));
    std::move(entries->begin(), entries->end(), std::back_inserter(all));
  }
  return all;
}

// {"layers": [...]}, also what get_config() of a Keras Sequential gives, whose other keys say
// nothing about the layers.
Result<Entries> entries_of_chain(const Value& object, const ObjectContext& context) {
  if (member(object, "input_layers") != nullptr) return functional_model_error();
  constexpr std::string_view kKnown[] = {"layers",    "framework", "name",
                                         "trainable", "dtype",     "build_input_shape"};
  if (const Result<void> checked = check_keys(object, kKnown, context); !checked)
    return checked.error();
  const Value& layers = *member(object, "layers");
  if (layers.kind != Value::Kind::List) return wrong_kind("layers", "a list", layers, context);
  return entries_of_list(layers, context);
}

Result<Entries> entries_of_spec(const Value& object, const ObjectContext& context) {
  constexpr std::string_view kKnown[] = {"spec", "framework", "weights", "bias"};
  if (const Result<void> checked = check_keys(object, kKnown, context); !checked)
    return checked.error();
  const Value& spec = *member(object, "spec");
  if (spec.kind != Value::Kind::String) return wrong_kind("spec", "a string", spec, context);
  Result<Entries> entries = entries_of_text(spec, context);
  if (!entries) return prefixed("spec", std::move(entries.error()));
  const bool has_tensors =
      member(object, "weights") != nullptr || member(object, "bias") != nullptr;
  if (has_tensors && entries->size() != 1)
    return spec_error(
        context.text, spec.offset,
        fmt::format("tensors belong to one layer, and this \"spec\" has {}", entries->size()));
  if (const Result<void> read = read_tensor_members(object, context, entries->front()); !read)
    return read.error();
  return entries;
}

Result<Entries> entries_of_layer(const Value& object, const ObjectContext& context) {
  const Value& named = *member(object, "layer");
  if (named.kind != Value::Kind::String) return wrong_kind("layer", "a string", named, context);
  const Result<std::vector<Item>> parsed = ExpressionParser(named.text).statements();
  if (!parsed || parsed->size() != 1 || parsed->front().value.kind != Node::Kind::Name) {
    Error error = spec_error(context.text, named.offset,
                             "\"layer\" must be the name of a layer, such as \"ConvTranspose2d\"");
    if (named.text.find('(') != std::string::npos) error.hint = "a whole call goes under \"spec\"";
    return error;
  }
  Entry entry;
  entry.layer.framework = context.framework;
  entry.layer.module = parsed->front().value.module;
  entry.layer.name = parsed->front().value.name;
  for (const auto& [key, value] : object.members) {
    if (key == "framework" || key == "layer" || key == "weights" || key == "bias") continue;
    Result<Argument> argument = make_argument(key, value, context);
    if (!argument) return argument.error();
    entry.layer.arguments.push_back(*std::move(argument));
  }
  if (const Result<void> read = read_tensor_members(object, context, entry); !read)
    return read.error();
  return Entries{std::move(entry)};
}

// A config without its class can be told by the words that every Keras layer has.
Error nameless_error(const Value& object, const ObjectContext& context) {
  Error error = spec_error(context.text, object.offset,
                           "the object names no layer: \"layer\", \"spec\", \"layers\" or "
                           "\"class_name\" is missing");
  constexpr std::string_view kKnown[] = {"framework", "layer", "layers", "spec", "class_name"};
  for (const auto& [key, value] : object.members) {
    const std::string near = support::nearest_word(key, kKnown);
    if (!near.empty() && near != key)
      error.hint = fmt::format("{} is unknown (did you mean \"{}\"?)", in_quotes(key), near);
  }
  if (member(object, "config") != nullptr || member(object, "trainable") != nullptr ||
      member(object, "filters") != nullptr)
    error.hint = "a Keras config needs its class: {\"class_name\": \"Conv2D\", \"config\": {...}}";
  return error;
}

}  // namespace

const Value* member(const Value& object, std::string_view key) {
  for (const auto& [name, value] : object.members)
    if (name == key) return &value;
  return nullptr;
}

Error wrong_kind(std::string_view key, std::string_view wanted, const Value& found,
                 const ObjectContext& context) {
  constexpr std::string_view kKinds[] = {"null",     "true or false", "a number", "a number",
                                         "a string", "a name",        "a list",   "an object"};
  return spec_error(context.text, found.offset,
                    fmt::format("\"{}\" must be {}, found {}", key, wanted,
                                kKinds[static_cast<std::size_t>(found.kind)]));
}

Result<std::vector<Entry>> entries_of(const Value& value, const ObjectContext& context) {
  if (value.kind == Value::Kind::List) return entries_of_list(value, context);
  if (value.kind != Value::Kind::Object) return wrong_kind("layer", "an object", value, context);
  if (member(value, "class_name") != nullptr) return entries_of_keras(value, context);
  Result<std::string> framework = string_member(value, "framework", context);
  if (!framework) return framework.error();
  ObjectContext inner = context;
  if (!framework->empty()) inner.framework = *std::move(framework);
  if (member(value, "layers") != nullptr) return entries_of_chain(value, inner);
  if (member(value, "spec") != nullptr) return entries_of_spec(value, inner);
  if (member(value, "layer") != nullptr) return entries_of_layer(value, inner);
  return nameless_error(value, context);
}

}  // namespace tconv::spec
