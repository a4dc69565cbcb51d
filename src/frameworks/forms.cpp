#include "frameworks/forms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tconv::frameworks {
namespace {

// As value_text, but a list that is no tuple keeps its brackets.
std::string item_text(const Value& value) {
  if (value.kind != Value::Kind::List) return value_text(value);
  std::vector<std::string> items;
  for (const Value& item : value.items) items.push_back(item_text(item));
  const std::string inside = fmt::format("{}", fmt::join(items, ", "));
  if (!value.is_tuple) return '[' + inside + ']';
  return fmt::format("({}{})", inside, items.size() == 1 ? "," : "");
}

}  // namespace

std::string call_text(const Layer& layer) {
  std::vector<std::string> items;
  for (const Argument& a : layer.arguments) {
    items.push_back(a.name.empty() ? item_text(a.value)
                                   : fmt::format("{}={}", a.name, item_text(a.value)));
  }
  return fmt::format("{}{}{}({})", layer.module, layer.module.empty() ? "" : ".", layer.name,
                     fmt::join(items, ", "));
}

Value int_value(std::int64_t n) { return {.kind = Value::Kind::Int, .integer = n}; }

Value word_value(std::string_view text) {
  return {.kind = Value::Kind::Word, .text = std::string(text)};
}

Value string_value(std::string_view text) {
  return {.kind = Value::Kind::String, .text = std::string(text)};
}

Value list_value(std::span<const std::int64_t> items, bool is_tuple) {
  Value list{.kind = Value::Kind::List, .is_tuple = is_tuple};
  for (const std::int64_t item : items) list.items.push_back(int_value(item));
  return list;
}

Sizes each_axis(const FormLayer& layer, std::int64_t AxisChoice::*member) {
  Sizes sizes;
  for (const AxisChoice& axis : layer.axes) sizes.push_back(axis.*member);
  return sizes;
}

bool all_equal(const Sizes& sizes, std::int64_t value) {
  return std::all_of(sizes.begin(), sizes.end(), [&](std::int64_t n) { return n == value; });
}

Value short_value(const Sizes& sizes) {
  return all_equal(sizes, sizes.front()) ? int_value(sizes.front()) : list_value(sizes);
}

Value pairs_value(std::span<const AxisChoice> axes) {
  Value list{.kind = Value::Kind::List};
  for (const AxisChoice& axis : axes) {
    const std::int64_t pair[] = {axis.pads.low, axis.pads.high};
    list.items.push_back(list_value(pair));
  }
  return list;
}

void add_argument(Layer& layer, std::string_view name, Value value) {
  layer.arguments.push_back({.name = std::string(name), .value = std::move(value)});
}

}  // namespace tconv::frameworks
