#include "spec/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/spec_error.hpp"

namespace tconv::spec {
namespace {

// A printed `(0-9): 10 x ...` is the one form in which a short text means many layers.
constexpr std::size_t kMaxLayers = 10'000;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 26;

constexpr std::string_view kContainers[] = {"Sequential", "ModuleList", "ModuleDict",
                                            "OrderedDict"};
constexpr std::string_view kInputs[] = {"Input", "InputLayer"};  // in a container: no layers
constexpr std::string_view kAdders[] = {"add", "append", "add_module"};  // model.add(...)

template <std::size_t N>
bool is_one_of(const std::string& name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_child(const Item& item) { return item.role == Item::Role::Child; }

bool is_string(const Node& node) {
  return node.kind == Node::Kind::Literal && node.literal.kind == Value::Kind::String;
}

bool is_none(const Node& node) {
  return node.kind == Node::Kind::Literal && node.literal.kind == Value::Kind::None;
}

class Flattener {
 public:
  explicit Flattener(std::string_view source) : source_(source) {}

  Result<void> add(const Item& item) {
    const std::size_t layers_before = found_.size(), bytes_before = bytes_;
    if (is_none(item.value) && is_child(item)) return {};
    if (const Result<void> added = add(item.value); !added) return added;
    // Bounded before anything is copied: the product of two bounded sizes, and the count by 64
    // bits.
    const std::size_t layers = found_.size() - layers_before, bytes = bytes_ - bytes_before;
    const auto copies = static_cast<std::size_t>(std::max<std::int64_t>(item.repeat, 1) - 1);
    if (layers > 0 && (copies > kMaxLayers || found_.size() + copies * layers > kMaxLayers ||
                       bytes_ + copies * bytes > kMaxTextBytes))
      return spec_error(source_, item.offset, fmt::format("more than {} layers", kMaxLayers));
    if (layers == 0) return {};
    found_.reserve(found_.size() + copies * layers);
    for (std::size_t i = 0; i < copies * layers; ++i) found_.push_back(found_[layers_before + i]);
    bytes_ += copies * bytes;
    return {};
  }

  std::vector<Layer> layers() const {
    std::vector<Layer> layers;
    for (const Node* node : found_) layers.push_back(layer_of(*node));
    return layers;
  }

 private:
  Result<void> add(const Node& node) {
    switch (node.kind) {
      case Node::Kind::Name: return add_layer(node);
      case Node::Kind::Call: return add_call(node);
      case Node::Kind::List:
        // ("conv1", nn.Conv2d(...)), an entry of an OrderedDict
        if (node.items.size() == 2 && is_string(node.items[0].value)) return add(node.items[1]);
        return add_items(node);
      case Node::Kind::Dict: return add_items(node);
      default:
        return spec_error(source_, node.begin,
                          fmt::format("expected a layer such as nn.Conv2d(1, 1, 3), found {}",
                                      description(node, source_)));
    }
  }

  Result<void> add_call(const Node& call) {
    const bool has_children = std::any_of(call.items.begin(), call.items.end(), is_child);
    const bool is_adder = !call.module.empty() && is_one_of(call.name, kAdders);
    if (is_one_of(call.name, kContainers) || is_adder) {
      for (const Item& item : call.items) {
        const bool named = item.role == Item::Role::Keyword;
        const bool holds_layers = !named || item.name == "layers" || item.name == "modules" ||
                                  (is_adder && item.name == "layer");
        if (!holds_layers || (is_adder && is_string(item.value)) || is_input(item.value)) continue;
        if (const Result<void> added = add(item); !added) return added;
      }
      return {};
    }
    if (!has_children) return add_layer(call);
    // A printed module of any class. Arguments of its own make it a layer, too.
    if (!std::all_of(call.items.begin(), call.items.end(), is_child))
      if (const Result<void> added = add_layer(call); !added) return added;
    for (const Item& item : call.items) {
      if (!is_child(item)) continue;
      if (const Result<void> added = add(item); !added) return added;
    }
    return {};
  }

  Result<void> add_items(const Node& node) {
    for (const Item& item : node.items) {
      if (is_input(item.value)) continue;
      if (const Result<void> added = add(item); !added) return added;
    }
    return {};
  }

  Result<void> add_layer(const Node& node) {
    if (found_.size() == kMaxLayers)
      return spec_error(source_, node.begin, fmt::format("more than {} layers", kMaxLayers));
    found_.push_back(&node);
    bytes_ += node.end - node.begin;
    return {};
  }

  static bool is_input(const Node& node) {
    return node.kind == Node::Kind::Call && is_one_of(node.name, kInputs);
  }

  static void shift(Value& value, std::size_t by) {
    value.offset -= by;
    for (Value& item : value.items) shift(item, by);
    for (auto& [key, member] : value.members) shift(member, by);
  }

  Layer layer_of(const Node& node) const {
    const bool alone = found_.size() == 1;
    const std::size_t begin = alone ? 0 : node.begin;
    Layer layer{
        .source = std::string(alone ? source_ : source_.substr(begin, node.end - begin)),
        .module = node.module,
        .name = node.name,
        .offset = node.name_offset - begin,
    };
    for (const Item& item : node.items) {
      if (is_child(item)) continue;
      Argument argument{
          .name = item.name, .value = to_value(item.value, source_), .offset = item.offset - begin};
      shift(argument.value, begin);
      layer.arguments.push_back(std::move(argument));
    }
    return layer;
  }

  std::string_view source_{};
  std::vector<const Node*> found_{};
  std::size_t bytes_ = 0;  // of the text of all layers found
};

}  // namespace

Result<std::vector<Layer>> layers_of(const std::vector<Item>& statements, std::string_view source) {
  Flattener flattener(source);
  for (const Item& item : statements)
    if (const Result<void> added = flattener.add(item); !added) return added.error();
  std::vector<Layer> layers = flattener.layers();
  if (layers.empty()) return spec_error(source, 0, "the text names no layer");
  return layers;
}

}  // namespace tconv::spec
