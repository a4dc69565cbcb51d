// What the expression parser makes of Python text: a tree that still knows calls, which a Value
// does not.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/layer.hpp"

namespace tconv::spec {

struct Item;

struct Node {
  enum class Kind {
    Literal,  // None, Bool, Int, Float or String
    Name,     // `nn.relu`
    Call,     // `nn.Conv2d(1, 1, 3)`, with or without applications `(x)` after it
    List,     // a list or tuple
    Dict,
    Expression,  // anything else that was well-formed, kept as its text: `2 * channels`
  };
  Kind kind = Kind::Literal;
  std::size_t begin = 0, end = 0;  // bytes of the source
  Value literal{};
  std::string module{}, name{};  // of a Name or Call: "tf.keras.layers", "Conv2D"
  std::size_t name_offset = 0;
  std::vector<Item> items{};  // of a Call, List or Dict
  bool is_tuple = true;       // of a List: not written as [...]
};

// An argument, an element, a dict's entry, or a child of a printed module.
struct Item {
  enum class Role { Positional, Keyword, Child };
  Role role = Role::Positional;
  std::string name{};       // of a keyword, a child, or a dict's key
  std::size_t offset = 0;   // where it starts, name included
  std::int64_t repeat = 1;  // of a child: `(0-2): 3 x Conv2d(...)`
  Node value{};
};

// The node as an argument's value. Names, calls and expressions become a Word, as written.
Value to_value(const Node& node, std::string_view source);

// For messages: `a string`, `the expression "2 * x"`.
std::string description(const Node& node, std::string_view source);

}  // namespace tconv::spec
