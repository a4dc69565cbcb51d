#include "frameworks/port_raise.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

namespace tconv::frameworks {
namespace {

std::int64_t quotient_up(std::int64_t value, std::int64_t by) {
  return value <= 0 ? 0 : (value + by - 1) / by;
}

// Steps, and what the layer between them is to compute.
struct Attempt {
  Sought sought{};
  Steps steps{};
  Split split = Split::None;
};

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
    std::vector<Attempt> aided = attempts_with_steps(plain);
    std::vector<Attempt> plain_first = {plain}, aided_first;
    if (asked_) {
      plain_first = {{.sought = sought_for_first()}};
      aided_first = attempts_with_steps(plain_first[0]);
    }
    const auto all = forms_.size();
    if (raise_any({plain}, all)) return done(true);
    if (asked_ && raise_any(plain_first, 1)) return done(false);
    if (raise_any(aided, all)) return done(true);
    if (asked_ && raise_any(aided_first, 1)) return done(false);
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

  // x padded or cut by a step, the layer itself padding nothing; with `slice`, its stride is made
  // by a slice, too.
  static Attempt padded(const Sought& sought, bool slice) {
    Attempt attempt{.sought = sought};
    NormalForm& form = attempt.sought.form;
    bool pads = false, slices = false;
    for (std::size_t i = 0; i < form.rank(); ++i) {
      NormalAxis& axis = form.axes[i];
      const PadStep pad{axis.begin, std::max<std::int64_t>(0, sought.ends[i])};
      attempt.steps.pads.push_back(pad);
      pads = pads || pad.begin != 0 || pad.end != 0;
      axis.input += pad.begin + pad.end;
      attempt.steps.slices.push_back({.step = slice ? axis.stride : 1});
      slices = slices || attempt.steps.slices.back().step > 1;
      if (slice) axis.stride = 1;
      axis.begin = 0;
      attempt.sought.ends[i] = 0;
    }
    attempt.steps.pad_mode = pads ? form.pad_mode : PadMode::Zeros;
    form.pad_mode = PadMode::Zeros;
    if (!pads) attempt.steps.pads.clear();
    if (!slices) attempt.steps.slices.clear();
    return attempt;
  }

  // A transposed layer that crops the same at both ends, or nothing, and slices what is over.
  static Attempt sliced(const Sought& sought, bool layer_crops) {
    Attempt attempt{.sought = sought};
    NormalForm& form = attempt.sought.form;
    const bool wraps = form.pad_mode != PadMode::Zeros;
    bool pads = false, slices = false;
    for (std::size_t i = 0; i < form.rank(); ++i) {
      NormalAxis& axis = form.axes[i];
      const std::int64_t begin = sought.crop_begin(i), end = sought.crop_end(i);
      const PadStep pad{quotient_up(wraps ? axis.begin : -begin, axis.spread),
                        quotient_up(wraps ? sought.ends[i] : -end, axis.spread)};
      const std::int64_t own =
          layer_crops && !wraps ? std::max<std::int64_t>(0, std::min(begin, end)) : 0;
      const SliceStep slice{begin + pad.begin * axis.spread - own,
                            end + pad.end * axis.spread - own, axis.stride};
      attempt.steps.pads.push_back(pad);
      attempt.steps.slices.push_back(slice);
      pads = pads || pad.begin != 0 || pad.end != 0;
      slices = slices || slice.begin != 0 || slice.end != 0 || slice.step != 1;
      axis.input += pad.begin + pad.end;
      axis.begin = axis.reach() - 1 - own;
      attempt.sought.ends[i] = axis.reach() - 1 - own;
      axis.stride = 1;
    }
    attempt.steps.pad_mode = pads ? form.pad_mode : PadMode::Zeros;
    form.pad_mode = PadMode::Zeros;
    if (!pads) attempt.steps.pads.clear();
    if (!slices) attempt.steps.slices.clear();
    return attempt;
  }

  static Attempt branched(const Attempt& attempt) {
    Attempt branch = attempt;
    NormalForm& form = branch.sought.form;
    branch.split = form.groups_along_batch ? Split::Batch : Split::Channels;
    form.in_channels /= form.groups;
    form.out_channels /= form.groups;
    form.groups = 1;
    form.groups_along_batch = false;
    return branch;
  }

  std::vector<Attempt> attempts_with_steps(const Attempt& plain) const {
    std::vector<Attempt> found;
    const Sought& sought = plain.sought;
    const bool forward = sought.can_be_forward();
    if (sought.transposed || !forward) {
      found.push_back(sliced(sought, true));
      found.push_back(sliced(sought, false));
    }
    if (forward) {
      found.push_back(padded(sought, false));
      found.push_back(padded(sought, true));
    }
    if (sought.form.groups == 1) return found;
    std::vector<Attempt> whole = found;
    whole.insert(whole.begin(), plain);
    if (sought.form.groups_along_batch) found.clear();
    for (const Attempt& attempt : whole) found.push_back(branched(attempt));
    return found;
  }

  bool raise_any(const std::vector<Attempt>& attempts, std::size_t lengths) {
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

  // The frameworks' pad functions go around an edge once at most; jnp.pad goes on.
  std::string pad_refusal(const Steps& steps, const NormalForm& form) const {
    for (std::size_t i = 0; i < steps.pads.size() && !target_.pads_without_end; ++i) {
      const std::int64_t pad = std::max(steps.pads[i].begin, steps.pads[i].end);
      const std::int64_t input = form.axes[i].input;
      const bool reflects = steps.pad_mode == PadMode::Reflect && pad >= input;
      const bool wraps = steps.pad_mode == PadMode::Circular && pad > input;
      if (!reflects && !wraps) continue;
      return fmt::format("{}'s {} padding of {} must {} the input's {}", target_.framework->name,
                         name(steps.pad_mode), pad, reflects ? "be smaller than" : "not exceed",
                         input);
    }
    return {};
  }

  bool gives(const Candidate& candidate, const Attempt& attempt, std::size_t lengths) {
    for (std::size_t l = 0; l < lengths; ++l) {
      if (std::string refusal = pad_refusal(attempt.steps, forms_[l]); !refusal.empty()) {
        refusal_ = std::move(refusal);
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
      if (!form || !(*form == wanted)) return false;
      if (l == 0) to_ = *problem;
    }
    return true;
  }

  void keep(const Candidate& candidate, const Attempt& attempt) {
    raised_.stage = {.layer = candidate.layer,
                     .weights = candidate.weights,
                     .split = attempt.split,
                     .branches = attempt.split == Split::None ? 1 : forms_[0].groups,
                     .steps = attempt.steps,
                     .bias = source_.has_bias,
                     .adds_bias = source_.has_bias && !target_.takes_bias,
                     .activation = source_.activation,
                     .from = source_,
                     .to = to_};
    std::vector<std::string>& with = raised_.with;
    const bool cuts = std::any_of(attempt.steps.pads.begin(), attempt.steps.pads.end(),
                                  [](const PadStep& pad) { return pad.begin < 0 || pad.end < 0; });
    const bool pads = std::any_of(attempt.steps.pads.begin(), attempt.steps.pads.end(),
                                  [](const PadStep& pad) { return pad.begin > 0 || pad.end > 0; });
    if (cuts) with.emplace_back("a slice before it");
    if (pads) with.emplace_back("a pad before it");
    if (attempt.split != Split::None) with.emplace_back("a layer for each group");
    if (!attempt.steps.slices.empty()) with.emplace_back("a slice behind it");
    if (raised_.stage.adds_bias) with.emplace_back("the bias added behind it");
    if (source_.activation != Activation::Linear) with.emplace_back("an activation behind it");
  }

  // A layer of the same shape and other values.
  void add_lookalike(const Candidate& candidate) {
    const auto problem = lowered(candidate, {.sought = {.form = forms_[0]}}, forms_[0]);
    if (!problem) return;
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
