// Binding follows Python's own call rules: positional first, each parameter once, no unknown names.
#include "frameworks/arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "support/caret.hpp"
#include "support/suggest.hpp"

namespace tconv::frameworks {
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

Arguments::Arguments(const Layer& layer, std::string_view framework, const Signature& signature)
    : source_(layer.source),
      where_(layer_text(layer, framework)),
      written_(!layer.arguments.empty()) {
  bind(layer, signature);
}

void Arguments::bind(const Layer& layer, const Signature& signature) {
  const std::vector<std::string_view> positional = words_of(signature.positional);
  std::vector<std::string_view> known = positional;
  const std::vector<std::string_view> keywords = words_of(signature.keyword_only);
  known.insert(known.end(), keywords.begin(), keywords.end());
  std::size_t next = 0;
  for (const Argument& argument : layer.arguments) {
    std::string_view name = argument.name;
    if (name.empty()) {
      if (next == positional.size()) {
        return fail(
            refusal_at(argument.offset,
                       fmt::format("{} takes at most {} positional arguments", layer.name, next)));
      }
      name = positional[next++];
    }
    const auto it = std::find(known.begin(), known.end(), name);
    if (it == known.end()) {
      return fail(
          refusal_at(argument.offset, fmt::format("{} has no argument {}{}", layer.name, name,
                                                  support::did_you_mean(name, known))));
    }
    if (find(name) != nullptr) {
      return fail(refusal_at(argument.offset, fmt::format("argument {} is given twice", name)));
    }
    bound_.push_back({.name = *it, .argument = &argument});
  }
  for (const Argument& flag : layer.flags) {
    const auto it = std::find_if(signature.flags.begin(), signature.flags.end(),
                                 [&](const auto& pair) { return pair.first == flag.name; });
    if (it == signature.flags.end() ||
        std::find(known.begin(), known.end(), it->second) == known.end()) {
      std::string option = flag.name;
      std::replace(option.begin(), option.end(), '_', '-');
      return fail(Error{.code = ErrorCode::Spec,
                        .where = where_,
                        .what = fmt::format("--{} is not an argument of {}", option, layer.name)});
    }
    std::erase_if(bound_, [&](const Bound& b) { return b.name == it->second; });
    bound_.push_back({.name = it->second, .argument = &flag, .from_flag = true});
  }
}

void Arguments::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

Error Arguments::refusal_at(std::size_t offset, std::string what, std::string hint) const {
  return Error{.code = ErrorCode::Spec,
               .where = where_,
               .what = std::move(what),
               .hint = std::move(hint),
               .excerpt = source_.empty() ? "" : support::caret_excerpt(source_, offset)};
}

Error Arguments::refusal(std::string_view name, std::string what, std::string hint) const {
  for (const Bound& b : bound_) {
    if (b.name == name && !b.from_flag) {
      return refusal_at(b.argument->offset, std::move(what), std::move(hint));
    }
  }
  return Error{
      .code = ErrorCode::Spec, .where = where_, .what = std::move(what), .hint = std::move(hint)};
}

void Arguments::require(bool holds, std::string_view name, std::string what, std::string hint) {
  if (!holds) fail(refusal(name, std::move(what), std::move(hint)));
}

const Value* Arguments::find(std::string_view name) const {
  for (const Bound& b : bound_) {
    if (b.name == name) return &b.argument->value;
  }
  return nullptr;
}

bool Arguments::has(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && value->kind != Value::Kind::None;
}

std::int64_t Arguments::integer(std::string_view name, std::int64_t otherwise) {
  if (!has(name)) return otherwise;
  const Value& value = *find(name);
  if (value.kind == Value::Kind::Int) return value.integer;
  require(false, name, fmt::format("{} must be an int, got {}", name, value_text(value)));
  return otherwise;
}

bool Arguments::boolean(std::string_view name, bool otherwise) {
  if (!has(name)) return otherwise;
  const Value& value = *find(name);
  if (value.kind == Value::Kind::Bool) return value.boolean;
  require(false, name, fmt::format("{} must be True or False, got {}", name, value_text(value)));
  return otherwise;
}

std::string Arguments::text(std::string_view name, std::string_view otherwise) {
  if (!has(name)) return std::string(otherwise);
  const Value& value = *find(name);
  if (value.kind == Value::Kind::String || value.kind == Value::Kind::Word) return value.text;
  require(false, name, fmt::format("{} must be a string, got {}", name, value_text(value)));
  return std::string(otherwise);
}

std::vector<std::int64_t> Arguments::integers(std::string_view name) {
  std::vector<std::int64_t> result;
  if (!has(name)) return result;
  const Value& value = *find(name);
  const auto is_int = [](const Value& item) { return item.kind == Value::Kind::Int; };
  if (value.kind == Value::Kind::Int) return {value.integer};
  require(value.kind == Value::Kind::List &&
              std::all_of(value.items.begin(), value.items.end(), is_int),
          name, fmt::format("{} must be a list of ints, got {}", name, value_text(value)));
  for (const Value& item : value.items) result.push_back(item.integer);
  return result;
}

Sizes Arguments::sizes(std::string_view name, int rank, std::int64_t otherwise, ListLength length) {
  const auto axes = static_cast<std::size_t>(rank);
  if (!has(name)) return Sizes(axes, otherwise);
  const Value& value = *find(name);
  if (value.kind == Value::Kind::Int && (length != ListLength::ListOnly || from_flag(name))) {
    return Sizes(axes, value.integer);
  }
  const auto is_int = [](const Value& item) { return item.kind == Value::Kind::Int; };
  if (value.kind != Value::Kind::List ||
      !std::all_of(value.items.begin(), value.items.end(), is_int)) {
    require(
        false, name,
        fmt::format("{} must be {}a tuple of {} ints, got {}", name,
                    length == ListLength::ListOnly ? "" : "an int or ", rank, value_text(value)));
    return Sizes(axes, otherwise);
  }
  const Sizes given = integers(name);
  if (given.size() == 1 && length == ListLength::OneOrExact) return Sizes(axes, given[0]);
  if (given.size() == axes) return given;
  require(false, name,
          fmt::format("{} = {} has {} values, the layer has {} spatial ax{}", name,
                      sizes_text(given), given.size(), rank, rank == 1 ? "is" : "es"));
  return Sizes(axes, otherwise);
}

bool Arguments::is_text(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr &&
         (value->kind == Value::Kind::String || value->kind == Value::Kind::Word);
}

std::vector<Arguments::Pair> Arguments::pairs(std::string_view name, int rank, PairForms forms) {
  const auto axes = static_cast<std::size_t>(rank);
  const Value& value = *find(name);
  const auto is_int = [](const Value& item) { return item.kind == Value::Kind::Int; };
  if (is_int(value) && forms.ints) return std::vector<Pair>(axes, {value.integer, value.integer});
  std::vector<Pair> result;
  for (const Value& item : value.items) {
    if (is_int(item) && forms.ints) {
      result.push_back({item.integer, item.integer});
    } else if (item.kind == Value::Kind::List && item.items.size() == 2 &&
               (item.is_tuple || forms.lists) &&
               std::all_of(item.items.begin(), item.items.end(), is_int)) {
      result.push_back({item.items[0].integer, item.items[1].integer});
    }
  }
  const bool whole = value.kind == Value::Kind::List && result.size() == value.items.size();
  require(whole && result.size() == axes, name,
          fmt::format("{} = {} must be a string{} or {} (low, high) pair{}", name,
                      value_text(value), forms.ints ? ", an int" : "", rank, rank == 1 ? "" : "s"));
  result.resize(axes);
  return result;
}

bool Arguments::from_flag(std::string_view name) const {
  return std::any_of(bound_.begin(), bound_.end(),
                     [&](const Bound& b) { return b.name == name && b.from_flag; });
}

std::string value_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::None: return "None";
    case Value::Kind::Bool: return value.boolean ? "True" : "False";
    case Value::Kind::Int: return fmt::format("{}", value.integer);
    case Value::Kind::Float: return fmt::format("{}", value.real);
    case Value::Kind::String: return fmt::format("'{}'", value.text);
    case Value::Kind::Word: return value.text;
    case Value::Kind::Object: return "{...}";
    case Value::Kind::List: break;
  }
  std::vector<std::string> items;
  for (const Value& item : value.items) items.push_back(value_text(item));
  return fmt::format("({}{})", fmt::join(items, ", "), items.size() == 1 ? "," : "");
}

std::string layer_text(const Layer& layer, std::string_view framework) {
  constexpr std::size_t kLongest = 100;
  std::string text = layer.name;
  if (!layer.arguments.empty()) {
    std::vector<std::string> items;
    for (const Argument& a : layer.arguments) {
      items.push_back(a.name.empty() ? value_text(a.value)
                                     : fmt::format("{}={}", a.name, value_text(a.value)));
    }
    std::string list = fmt::format("{}", fmt::join(items, ", "));
    if (list.size() > kLongest) list = list.substr(0, kLongest) + "...";
    text += fmt::format("({})", list);
  }
  for (const Argument& flag : layer.flags) {
    std::string option = flag.name;
    std::replace(option.begin(), option.end(), '_', '-');
    text += fmt::format(" --{} {}", option, value_text(flag.value));
  }
  return fmt::format("{} ({})", text, framework);
}

std::string sizes_text(const Sizes& sizes) {
  return fmt::format("({}{})", fmt::join(sizes, ", "), sizes.size() == 1 ? "," : "");
}

}  // namespace tconv::frameworks
