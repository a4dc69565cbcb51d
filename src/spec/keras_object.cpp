// Source: keras/src/saving/serialization_lib.py:serialize_keras_object and
// keras/src/models/sequential.py:get_config; tf.keras 2 wrote neither module nor registered_name,
// and the first Keras 2 releases a Sequential's layers without an object around them.
#include "spec/keras_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/spec_error.hpp"

namespace tconv::spec {
namespace {

using Entries = std::vector<Entry>;

Result<Entries> entries_of_sequential(const Value& config, const ObjectContext& context) {
  const Value* layers = config.kind == Value::Kind::List ? &config : member(config, "layers");
  if (layers == nullptr || layers->kind != Value::Kind::List)
    return spec_error(context.text, config.offset, "a Sequential's config has no list \"layers\"");
  Entries all;
  for (const Value& layer : layers->items) {
    if (member(layer, "class_name") == nullptr)
      return spec_error(context.text, layer.offset,
                        "an entry of a Sequential's \"layers\" has no \"class_name\"");
    Result<Entries> entries = entries_of_keras(layer, context);
    if (!entries) return entries;
    std::move(entries->begin(), entries->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

Error functional_model_error() {
  return {.code = ErrorCode::Unsupported,
          .what = "a Functional Keras model is a graph, and only chains of layers are run",
          .hint = "give the layer's own object out of its \"layers\", or a Sequential model"};
}

Result<std::vector<Entry>> entries_of_keras(const Value& object, const ObjectContext& context) {
  const Value& class_name = *member(object, "class_name");
  if (class_name.kind != Value::Kind::String || class_name.text.empty())
    return wrong_kind("class_name", "the name of a class", class_name, context);
  const Value* config = member(object, "config");
  if (config == nullptr)
    return spec_error(context.text, class_name.offset,
                      "\"config\" is missing beside \"class_name\"");
  if (class_name.text == "Functional" || class_name.text == "Model")
    return functional_model_error();
  if (class_name.text == "Sequential") return entries_of_sequential(*config, context);
  if (class_name.text == "InputLayer") return Entries{};
  if (config->kind != Value::Kind::Object)
    return wrong_kind("config", "an object", *config, context);

  Entry entry;
  entry.layer.framework = "keras";
  entry.layer.name = class_name.text;
  if (const Value* module = member(object, "module"); module && module->kind == Value::Kind::String)
    entry.layer.module = module->text;
  for (const auto& [key, value] : config->members) {
    Result<Argument> argument = make_argument(key, value, context);
    if (!argument) return argument.error();
    entry.layer.arguments.push_back(*std::move(argument));
  }
  if (const Result<void> read = read_tensor_members(object, context, entry); !read)
    return read.error();
  return Entries{std::move(entry)};
}

}  // namespace tconv::spec
