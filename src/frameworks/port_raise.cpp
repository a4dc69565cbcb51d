#include "frameworks/port_raise.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frameworks/port_attempt.hpp"

namespace tconv::frameworks {
namespace {

// Input lengths that an answer is held against.
enum class Lengths { All, First };

class Raising {
 public:
  Raising(const RaiseRequest& request, const PortTarget& target)
      : target_(target), source_(request.sizes[0]), asked_(request.asked) {
    for (const Problem& problem : request.sizes) {
      auto form = normal_form(problem);
      if (!form) continue;
      form->groups_along_batch = request.groups_along_batch;
      forms_.push_back(std::move(*form));
    }
  }

  Result<Raised> run() {
    if (forms_.empty()) return normal_form(source_).error();
    const Attempt plain = {.sought = sought_for_all()};
    std::vector<Attempt> aided = attempts_with_steps(plain.sought);
    std::vector<Attempt> plain_first = {plain}, aided_first;
    if (asked_) {
      plain_first = {{.sought = sought_for_first()}};
      aided_first = attempts_with_steps(plain_first[0].sought);
      const bool repeats = plain_first[0].sought.form.pad_mode != PadMode::Zeros;
      for (const bool reversed : {false, true}) {
        if (repeats) plain_first.push_back(within_period(plain_first[0].sought, reversed));
      }
    }
    if (raise_any({plain}, Lengths::All)) return done(true);
    if (asked_ && raise_any(plain_first, Lengths::First)) return done(false);
    if (raise_any(aided, Lengths::All)) return done(true);
    if (asked_ && raise_any(aided_first, Lengths::First)) return done(false);
    raised_.rule = target_.obstacle(plain.sought);
    if (!raised_.rule.empty()) return raised_;
    if (!asked_ && depends_on_length()) {
      return Error{.code = ErrorCode::Usage,
                   .what = fmt::format("what it pads depends on the input's length, and no {} "
                                       "layer does the same for all lengths",
                                       target_.framework->name),
                   .hint = "--input-shape says for which to port it"};
    }
    raised_.rule = refusal_.empty() ? fmt::format(
                                          "no layer of {} computes it, with or without "
                                          "steps around it",
                                          target_.framework->name)
                                    : refusal_;
    return raised_;
  }

 private:
  // Ends that serve every length, where the begins agree.
  Sought sought_for_all() const {
    Sought sought = sought_for_first();
    for (const NormalForm& form : forms_) {
      for (std::size_t i = 0; i < form.rank(); ++i) {
        sought.ends[i] = std::max(sought.ends[i], form.axes[i].end());
      }
    }
    return sought;
  }

  Sought sought_for_first() const {
    Sought sought{.form = forms_[0],
                  .transposed = source_.direction == Direction::Transposed,
                  .bias = source_.has_bias,
                  .dtype = source_.dtype};
    for (const NormalAxis& axis : forms_[0].axes) sought.ends.push_back(axis.end());
    // Of a transposed layer written as a gather, as flax's with wrapped padding.
    for (const NormalAxis& axis : forms_[0].axes) sought.transposed |= axis.spread > 1;
    for (const NormalForm& form : forms_) {
      if (form.pad_mode != PadMode::Zeros) sought.form.pad_mode = form.pad_mode;
    }
    return sought;
  }

  bool depends_on_length() const {
    return std::any_of(forms_.begin(), forms_.end(), [&](const NormalForm& form) {
      for (std::size_t i = 0; i < form.rank(); ++i) {
        if (form.axes[i].begin != forms_[0].axes[i].begin) return true;
        const bool transposed = source_.direction == Direction::Transposed;
        if (transposed && form.axes[i].end() != forms_[0].axes[i].end()) return true;
      }
      return false;
    });
  }

  bool raise_any(const std::vector<Attempt>& attempts, Lengths lengths) {
    for (const Attempt& attempt : attempts) {
      for (const Candidate& candidate : target_.candidates(attempt.sought)) {
        if (gives(candidate, attempt, lengths)) {
          keep(candidate, attempt);
          return true;
        }
        const bool plain = attempt.steps.pads.empty() && attempt.steps.slices.empty();
        if (candidate.usual && plain && attempt.split == Split::None) add_lookalike(candidate);
      }
    }
    return false;
  }

  // The candidate lowered for the form's input lengths as the steps change them.
  Result<Problem> lowered(const Candidate& candidate, const Attempt& attempt,
                          const NormalForm& form) const {
    Shape lengths;
    for (std::size_t i = 0; i < form.rank(); ++i) {
      std::int64_t length = form.axes[i].input;
      if (!attempt.steps.pads.empty()) {
        length += attempt.steps.pads[i].begin + attempt.steps.pads[i].end;
      }
      if (length < 1) return Error{.what = "the steps leave nothing of x"};
      lengths.push_back(length);
    }
    const std::int64_t channels = attempt.sought.form.in_channels;
    const Shape x = target_.order == ChannelOrder::First
                        ? weight_shape({source_.batch, channels}, lengths, {})
                        : weight_shape({source_.batch}, lengths, {channels});
    LoweringInput input{.dtype = source_.dtype,
                        .x = shape_only(x, "x"),
                        .weights = {shape_only(candidate.weights, "the weights")},
                        .describe_only = true};
    auto lowering = frameworks::lower(candidate.layer, input);
    if (!lowering) return lowering.error();
    return lowering->stages[0];
  }

  // Whether the target's pad function takes the steps' pads of such an input.
  bool takes_pads(const Steps& steps, const NormalForm& form) const {
    if (target_.pads_without_end) return true;
    for (std::size_t i = 0; i < steps.pads.size(); ++i) {
      const PadStep& pad = steps.pads[i];
      if (form.axes[i].input < least_length(steps.pad_mode, pad.begin, pad.end)) return false;
    }
    return true;
  }

  // Whether the target's code may pad by an index instead.
  bool takes_indices(const Steps& steps, const NormalForm& form) const {
    for (std::size_t i = 0; i < steps.pads.size(); ++i) {
      const PadStep& pad = steps.pads[i];
      if (form.axes[i].input + pad.begin + pad.end > target_.most_indices) return false;
    }
    return true;
  }

  // Of an axis of x, for the frameworks' pad functions, which go around an edge once at most.
  std::int64_t least_length(PadMode mode, std::int64_t begin, std::int64_t end) const {
    const std::int64_t pad = std::max(begin, end);
    if (mode == PadMode::Reflect && pad > 0) return pad + 1;
    return mode == PadMode::Circular && !target_.wraps_without_end ? pad : 0;
  }

  // By axis of x, for the layer and the pad before it; empty where there is no least one.
  Sizes least_lengths(const Steps& steps) const {
    Sizes least;
    for (std::size_t i = 0; i < forms_[0].rank(); ++i) {
      const PadStep pad = steps.pads.empty() ? PadStep{} : steps.pads[i];
      const Axis& axis = to_.axes[first_axis(to_) + i];
      least.push_back(std::max(least_length(steps.pad_mode, pad.begin, pad.end),
                               least_length(to_.pad_mode, axis.begin, axis.end)));
    }
    if (target_.pads_without_end || all_equal(least, 0)) least.clear();
    return least;
  }

  bool gives(const Candidate& candidate, const Attempt& attempt, Lengths lengths) {
    for (std::size_t l = 0; l < (lengths == Lengths::All ? forms_.size() : 1); ++l) {
      const Steps& steps = attempt.steps;
      if (lengths == Lengths::All && !takes_pads(steps, forms_[l])) return false;
      if (!takes_pads(steps, forms_[l]) && !takes_indices(steps, forms_[l])) {
        refusal_ = fmt::format(
            "{} pads no further around an input than once, and an index of the padded one may have "
            "{} elements at most",
            target_.framework->name, target_.most_indices);
        return false;
      }
      NormalForm wanted = forms_[l];
      Sizes inputs = per_axis(wanted, &NormalAxis::input);
      if (attempt.split != Split::None) {
        wanted.in_channels /= wanted.groups;
        wanted.out_channels /= wanted.groups;
        wanted.groups = 1;
        wanted.groups_along_batch = false;
      }
      const auto problem = lowered(candidate, attempt, forms_[l]);
      if (!problem) return false;
      const auto layer = normal_form(*problem);
      if (!layer) return false;
      const auto form = with_steps(*layer, attempt.steps, inputs);
      if (!form || !are_equivalent(*form, attempt.reversed ? reversed(wanted) : wanted))
        return false;
      if (l == 0) to_ = *problem;
    }
    return true;
  }

  void keep(const Candidate& candidate, const Attempt& attempt) {
    raised_.stage = {.layer = candidate.layer,
                     .weights = candidate.weights,
                     .split = attempt.split,
                     .branches = attempt.split == Split::None ? 1 : forms_[0].groups,
                     .reversed = attempt.reversed,
                     .steps = attempt.steps,
                     .pads_by_index = !takes_pads(attempt.steps, forms_[0]),
                     .bias = source_.has_bias,
                     .adds_bias = source_.has_bias && !target_.takes_bias,
                     .activation = source_.activation,
                     .from = source_,
                     .to = to_};
    raised_.least_lengths = least_lengths(attempt.steps);
    std::vector<std::string>& with = raised_.with;
    const bool cuts = std::any_of(attempt.steps.pads.begin(), attempt.steps.pads.end(),
                                  [](const PadStep& pad) { return pad.begin < 0 || pad.end < 0; });
    const bool pads = std::any_of(attempt.steps.pads.begin(), attempt.steps.pads.end(),
                                  [](const PadStep& pad) { return pad.begin > 0 || pad.end > 0; });
    if (pads) with.emplace_back("a pad before it");
    if (cuts) with.emplace_back("a slice before it");
    if (attempt.split != Split::None) with.emplace_back("a layer for each group");
    if (!attempt.steps.slices.empty()) with.emplace_back("a slice behind it");
    if (raised_.stage.adds_bias) with.emplace_back("the bias added behind it");
    if (source_.activation != Activation::Linear) with.emplace_back("an activation behind it");
  }

  // A layer of the same shape and other values.
  void add_lookalike(const Candidate& candidate) {
    const auto problem = lowered(candidate, {.sought = {.form = forms_[0]}}, forms_[0]);
    if (!problem || problem->direction != source_.direction) return;
    const auto form = normal_form(*problem);
    if (!form || form->pad_mode != forms_[0].pad_mode) return;
    NormalForm moved = *form;
    Sizes shift;
    for (std::size_t i = 0; i < moved.rank(); ++i) {
      shift.push_back(moved.axes[i].begin - forms_[0].axes[i].begin);
      moved.axes[i].begin = forms_[0].axes[i].begin;
    }
    if (!(moved == forms_[0]) || all_equal(shift, 0)) return;
    raised_.notes.push_back(lookalike_text(candidate.layer, shift));
  }

  std::string lookalike_text(const Layer& layer, const Sizes& shift) const {
    std::vector<std::string> words;
    for (const Argument& argument : layer.arguments) {
      if (argument.name == "padding" || argument.name == "output_padding") {
        words.push_back(fmt::format("{}={}", argument.name, value_text(argument.value)));
      }
    }
    if (words.empty()) words.emplace_back("no padding");
    const bool transposed = source_.direction == Direction::Transposed;
    std::vector<std::string> moves;
    for (std::size_t i = 0; i < shift.size(); ++i) {
      if (shift[i] == 0) continue;
      // A window of x that starts earlier, or a y that is cut less.
      moves.push_back(fmt::format("{} too {} along {}", shift[i] < 0 ? -shift[i] : shift[i],
                                  shift[i] > 0 ? "early" : "late", axis_name(source_.rank, i)));
    }
    return fmt::format("{} has the right shape and the wrong values: {} {}", fmt::join(words, ", "),
                       transposed ? "its y starts" : "its windows start",
                       fmt::join(moves, " and "));
  }

  Result<Raised> done(bool any_size) {
    raised_.any_size = any_size;
    if (!any_size) {
      raised_.notes.push_back("for this input's length only: what it pads depends on the length");
    }
    return raised_;
  }

  const PortTarget& target_;
  const Problem& source_;
  bool asked_;
  std::vector<NormalForm> forms_{};
  Raised raised_{};
  Problem to_{};
  std::string refusal_{};
};

}  // namespace

Result<Raised> raise(const RaiseRequest& request, const PortTarget& target) {
  return Raising(request, target).run();
}

}  // namespace tconv::frameworks
