// Binding a layer's written arguments to its framework's signature, and reading them.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tconv/layer.hpp"
#include "tconv/result.hpp"

namespace tconv::frameworks {

struct Signature {
  std::string_view positional{};    // names in the framework's order, separated by spaces
  std::string_view keyword_only{};  // names accepted by keyword, likewise
  // Command-line flags: tconv's neutral name, and the framework's own.
  std::span<const std::pair<std::string_view, std::string_view>> flags{};
};

// One value per spatial axis, outermost first.
using Sizes = std::vector<std::int64_t>;

// What may stand for one value per axis, beside a list of exactly that many: an int; a list of one,
// too; or nothing else, but in a flag, which has no other way to say it.
enum class ListLength { Exact, OneOrExact, ListOnly };

// The arguments of one layer by name. The first thing wrong, whether in binding, in reading or by
// require(), is kept; later ones are not: read everything, state the rules, then look at error().
class Arguments {
 public:
  Arguments(const Layer& layer, std::string_view framework, const Signature& signature);

  const std::optional<Error>& error() const { return error_; }
  const std::string& where() const { return where_; }
  bool written() const { return written_; }  // is it more than a bare name completed by flags?

  const Value* find(std::string_view name) const;  // null where not given
  bool has(std::string_view name) const;           // given, and not None

  // The argument's value, or `otherwise` where it is absent or None.
  std::int64_t integer(std::string_view name, std::int64_t otherwise);
  bool boolean(std::string_view name, bool otherwise);
  std::string text(std::string_view name, std::string_view otherwise);  // a string or a word
  // An int stands for every axis.
  Sizes sizes(std::string_view name, int rank, std::int64_t otherwise,
              ListLength length = ListLength::Exact);
  std::vector<std::int64_t> integers(
      std::string_view name);  // a list of any length; empty if absent

  // An argument that is text, or ints, or pairs of ints, as paddings are.
  struct Pair {
    std::int64_t low = 0, high = 0;
  };
  bool is_text(std::string_view name) const;
  bool from_flag(std::string_view name) const;
  // What a list of pairs may hold besides. `ints`: an int stands for itself twice, and for every
  // axis where it is all there is. `lists`: a pair may be written [low, high], else only as a
  // tuple.
  struct PairForms {
    bool ints = false;
    bool lists = true;
  };
  std::vector<Pair> pairs(std::string_view name, int rank, PairForms forms);

  // States a rule about an argument: its breach is an error with a caret under that argument.
  void require(bool holds, std::string_view name, std::string what, std::string hint = {});
  Error refusal(std::string_view name, std::string what, std::string hint = {}) const;

 private:
  void bind(const Layer& layer, const Signature& signature);
  void fail(Error error);
  Error refusal_at(std::size_t offset, std::string what, std::string hint = {}) const;

  struct Bound {
    std::string_view name{};
    const Argument* argument = nullptr;
    bool from_flag = false;
  };
  std::string source_{}, where_{};
  bool written_ = false;
  std::vector<Bound> bound_{};
  std::optional<Error> error_{};
};

// The names of a Signature's list.
std::vector<std::string_view> words_of(std::string_view text);

// The value as Python would write it: `(2, 2)`, `'same'`, `None`.
std::string value_text(const Value& value);

// The layer as a user would recognise it: `ConvTranspose2d(16, 8, 3, stride=2) (pytorch)`.
std::string layer_text(const Layer& layer, std::string_view framework);

// "(2, 3)", "(3,)"
std::string sizes_text(const Sizes& sizes);

}  // namespace tconv::frameworks
