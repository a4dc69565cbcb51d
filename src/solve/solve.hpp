// Backwards from sizes to layers: which layers of which framework take inputs of these extents to
// outputs of those. A room of its own above `frameworks`: it asks every framework for its forms
// (frameworks/forms.hpp) and its lowering in bulk, and no lowering needs it.
//
// A form's axis arithmetic, which is the lowering's own, finds the candidates; each is then lowered
// like a layer that a user wrote, and counts only where the framework takes it and its output has
// the wanted size.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frameworks/forms.hpp"
#include "frameworks/lowering.hpp"

namespace tconv::solve {

struct Range {
  std::int64_t least = 1, most = 1;
  bool has(std::int64_t n) const { return least <= n && n <= most; }
  friend bool operator==(const Range&, const Range&) = default;
};

// One number for both ends, or one for each.
struct PaddingRange {
  Range low{}, high{};
  bool pair = false;
  friend bool operator==(const PaddingRange&, const PaddingRange&) = default;
};

// What is asked of one axis. Without `padding`, paddings are 0 to the dilated kernel less 1, and
// pairs differ by one at most; without `output_padding`, whatever the framework takes.
struct AxisQuestion {
  std::vector<std::int64_t> from{}, to{};  // one for each input, each at least 1
  Range kernel{}, stride{}, dilation{};
  std::optional<PaddingRange> padding{};
  std::optional<Range> output_padding{};
  friend bool operator==(const AxisQuestion&, const AxisQuestion&) = default;
};

struct Question {
  std::vector<AxisQuestion> axes{};  // outermost first
  std::vector<const frameworks::Framework*> frameworks{};
  std::optional<Direction> direction{};
  std::string padding_word{};  // only forms with this word, whatever its case; empty: any
};

struct Solution {
  const frameworks::Framework* framework = nullptr;
  const frameworks::Form* form = nullptr;
  std::vector<frameworks::AxisChoice> axes{};
  std::vector<Axis> lowered{};               // for the first input: pads, or crops
  Direction direction = Direction::Forward;  // as lowered
  std::int64_t oddity = 0;                   // rank.hpp
};

struct Answer {
  std::vector<Solution> solutions{};  // most usual first, in a fixed order
  bool complete = true;               // else the less usual combinations of axes were left out
};

// Axes asked the same have the same numbers; others have the same kernel and dilation, unless they
// are asked for different ones. Fails with Usage where the ranges are too wide to go through, and
// with TooLarge where too many layers fit.
Result<Answer> solve(const Question& question);

// A solution as the framework's own program would say it.
struct Channels {
  std::int64_t in = 1, out = 1;
};
std::string layer_text(const Question& question, const Solution& solution, const Channels& = {});

// Where nothing is found: the outputs nearest to the wanted ones, best first, that layers do have,
// with the most usual one of each. For a single input, nearest below and nearest above.
struct Near {
  std::vector<std::int64_t> to{};  // one for each input
  Question question{};             // that has this solution
  Solution solution{};
};
struct NearAxis {
  bool reachable = false;  // on its own: the axes then ask for different kernels
  std::vector<Near> nearest{};
};
Result<std::vector<NearAxis>> nearest(const Question& question);  // one entry where axes are equal

// Which other sizes a solution cannot tell apart, or could reach.
struct Ambiguity {
  std::vector<std::int64_t> outputs{};  // by output_padding alone, transposed; else empty
  Range inputs{};                       // to the same output, forward
};
Ambiguity ambiguity(const Question& question, const Solution& solution, std::size_t axis);

}  // namespace tconv::solve
