// A layer in its framework's own words: what `spec/` reads from text and `frameworks/` turns into
// a Problem.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tconv {

// An argument as written. Tuples and lists are one kind, since frameworks mostly take either.
struct Value {
  enum class Kind {
    None,
    Bool,
    Int,
    Float,
    String,  // quoted
    Word,    // an unquoted name or expression: `same` in a printed module, `nn.relu`, `x`
    List,
    Object,  // a dict, or an object of JSON
  };
  Kind kind = Kind::None;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text{};          // of a String or Word
  std::vector<Value> items{};  // of a List
  bool is_tuple = true;        // of a List: not written as [...] in Python
  std::vector<std::pair<std::string, Value>> members{};  // of an Object, in the order written
  std::size_t offset = 0;                                // byte in Layer::source where it starts
};

struct Argument {
  std::string name{};  // empty: positional
  Value value{};
  std::size_t offset = 0;  // byte in Layer::source where the argument starts
};

struct Layer {
  std::string source{};     // the text it was read from, for carets; empty for JSON
  std::string framework{};  // "pytorch", "keras", ...; empty: to be told from module and name
  std::string module{};     // what stood before the name: "nn", "tf.keras.layers"
  std::string name{};       // "ConvTranspose2d"
  std::size_t offset = 0;   // byte in source where the name starts
  std::vector<Argument> arguments{};  // in the order written, under the framework's own names
  std::vector<Argument> flags{};      // from the command line, under tconv's neutral names
                                      // ("kernel_size", "stride", "padding", ...); they win
};

}  // namespace tconv
