// Porting: candidates of the target's are proposed (port_<framework>.cpp), and held against the
// source by lowering both for several input lengths. Nothing else makes a port exact.
#include "frameworks/port.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frameworks/input_form.hpp"
#include "frameworks/port_raise.hpp"
#include "frameworks/port_target.hpp"

namespace tconv::frameworks {
namespace {

constexpr const PortTarget* kTargets[] = {&kPortPyTorch, &kPortKeras, &kPortOnnx, &kPortJax,
                                          &kPortFlax};

// Lengths beyond which the residues by a stride are taken as seen: 'same' tells those next to a
// multiple apart.
constexpr std::int64_t kMostLengths = 16;
constexpr std::int64_t kLengthWithoutKernel = 24;

const PortTarget* target_of(const Framework& framework) {
  for (const PortTarget* target : kTargets) {
    if (target->framework == &framework) return target;
  }
  return nullptr;
}

Error usage(const std::string& where, std::string what, std::string hint) {
  return {
      .code = ErrorCode::Usage, .where = where, .what = std::move(what), .hint = std::move(hint)};
}

Result<Lowering> lowered(const PortRequest& request, const Shape& x) {
  LoweringInput input{.dtype = request.dtype,
                      .x = shape_only(x, "the input"),
                      .weights = request.weights,
                      .bias = request.bias,
                      .describe_only = true};
  return lower(request.layer, input);
}

// One batch axis and one of channels, whatever x has.
Shape batched(const Shape& x, const Lowering& lowering, const InputForm& form) {
  Shape shape(form.axes.spatial.size() + 2, 1);
  std::int64_t batch = 1;
  for (const std::size_t axis : lowering.x_axes.batch) batch *= x[axis];
  shape[form.axes.batch[0]] = batch;
  shape[*form.axes.channel] = lowering.stages[0].in_channels;
  if (lowering.groups_along_batch) shape[*form.axes.channel] = x[*lowering.x_axes.channel];
  for (std::size_t i = 0; i < form.axes.spatial.size(); ++i) {
    shape[form.axes.spatial[i]] = x[lowering.x_axes.spatial[i]];
  }
  return shape;
}

// Of an x of `axes` axes that has been given a batch axis: PyTorch's output_size may begin with the
// axes that x has before its spatial ones.
void forget_leading_size(Layer& layer, std::size_t axes) {
  for (auto* list : {&layer.arguments, &layer.flags}) {
    for (Argument& argument : *list) {
      std::vector<Value>& items = argument.value.items;
      if (argument.name == "output_size" && items.size() == axes) items.erase(items.begin());
    }
  }
}

Shape longer(const Shape& x, const InputForm& form, std::int64_t by) {
  Shape shape = x;
  for (const std::size_t axis : form.axes.spatial) shape[axis] += by;
  return shape;
}

// The layer at several input lengths. Where x is given, its own come first.
struct Probes {
  InputForm form{};
  std::vector<Lowering> lowerings{};
  std::vector<Shape> shapes{};
  bool asked = false;
};

std::int64_t largest(const Lowering& lowering, std::int64_t Axis::*member) {
  std::int64_t most = 1;
  for (const Axis& axis : lowering.stages[0].axes) most = std::max(most, axis.*member);
  return most;
}

// Whether x is repeated more than once at an end, which only some frameworks do.
bool goes_around(const Lowering& lowering) {
  const Problem& problem = lowering.stages[0];
  return problem.pad_mode != PadMode::Zeros &&
         std::any_of(problem.axes.begin(), problem.axes.end(), [](const Axis& axis) {
           return std::max(axis.begin, axis.end) >= axis.input * axis.input_dilation;
         });
}

Result<Probes> probes_of(PortRequest& request, const ResolvedLayer& resolved) {
  auto form = input_form(resolved, request.weights);
  if (!form && !request.x) return form.error();
  Probes probes{.asked = request.x.has_value()};
  Shape first;
  if (request.x) {
    auto lowering = lowered(request, *request.x);
    if (!lowering) return lowering.error();
    if (!form) {  // ONNX and lax, where --input-shape tells the axes
      form = InputForm{.axes = lowering->x_axes};
    }
    probes.form = *form;
    if (probes.form.axes.spatial.size() != lowering->x_axes.spatial.size()) {
      return Error{.code = ErrorCode::ShapeMismatch,
                   .where = lowering->layer,
                   .what = "the input and the weights have other spatial axes"};
    }
    first = batched(*request.x, *lowering, *form);
    if (lowering->x_axes.batch.empty()) forget_leading_size(request.layer, request.x->size());
  } else {
    probes.form = *form;
    const auto channels = form->channels ? form->channels : request.channels;
    if (!channels) {
      return usage(layer_text(resolved.layer, resolved.framework->name),
                   "the number of input channels is not known",
                   "give --input-shape, or the weights with -w");
    }
    first.assign(form->axes.spatial.size() + 2, kLengthWithoutKernel);
    first[form->axes.batch[0]] = form->batch;
    first[*form->axes.channel] = *channels;
  }
  Error refusal{.code = ErrorCode::Usage,
                .where = layer_text(resolved.layer, resolved.framework->name),
                .what = "it pads more than any input length tried"};
  bool refused = false;
  std::int64_t by = 0, last = kMostLengths;
  const auto try_length = [&](std::int64_t more) {
    const Shape shape = longer(first, probes.form, more);
    auto lowering = lowered(request, shape);
    if (!lowering) {
      if (!refused) refusal = lowering.error();
      refused = true;
      return;
    }
    if (!probes.asked && goes_around(*lowering)) return;
    const bool empty = std::any_of(lowering->y_shape.begin(), lowering->y_shape.end(),
                                   [](std::int64_t extent) { return extent == 0; });
    if (empty && !(probes.asked && more == 0)) return;
    probes.lowerings.push_back(std::move(*lowering));
    probes.shapes.push_back(shape);
  };
  try_length(0);
  if (!probes.lowerings.empty()) {
    const std::int64_t stride = largest(probes.lowerings[0], &Axis::stride);
    last = std::clamp<std::int64_t>(2 * stride + 1, 2, kMostLengths);
    by = 1;
  } else if (probes.asked) {
    return refusal;
  } else {
    // A kernel longer than the first length tried, or an output_shape that another input gives.
    for (std::int64_t more = 64; more <= (std::int64_t{1} << 20) && probes.lowerings.empty();
         more *= 4) {
      try_length(more);
      by = more + 1;
    }
    if (probes.lowerings.empty()) {
      if (refusal.hint.empty()) refusal.hint = "--input-shape says what it is applied to";
      return refusal;
    }
    last = by + kMostLengths;
  }
  for (std::int64_t more = by; more <= last; ++more) try_length(more);
  try_length(last * 3 + 64);
  return probes;
}

// Which axis of the source each axis of the target is, for a tensor with those axes.
std::vector<std::size_t> order_between(const ActivationAxes& from, const ActivationAxes& to) {
  std::vector<std::size_t> order(to.spatial.size() + 2);
  order[to.batch[0]] = from.batch[0];
  order[*to.channel] = *from.channel;
  for (std::size_t i = 0; i < to.spatial.size(); ++i) order[to.spatial[i]] = from.spatial[i];
  return order;
}

PortedLayer impossible(PortedLayer layer, std::string rule) {
  layer.verdict = Verdict::Impossible;
  layer.rule = std::move(rule);
  layer.stages.clear();
  return layer;
}

void add_once(std::vector<std::string>& texts, const std::string& text) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
}

// Why no layer of the target can be meant, whatever its arguments.
std::string rule_against(const PortTarget& target, const Probes& probes) {
  const Lowering& first = probes.lowerings[0];
  const int rank = first.stages[0].rank;
  if (rank < target.least_rank || rank > target.most_rank) {
    return fmt::format("{} has layers of {} to {} spatial axes, this one has {}",
                       target.framework->name, target.least_rank, target.most_rank, rank);
  }
  const bool empty = std::any_of(first.y_shape.begin(), first.y_shape.end(),
                                 [](std::int64_t extent) { return extent == 0; });
  if (empty) return fmt::format("y is empty: shape {}", sizes_text(first.y_shape));
  return {};
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::Exact: return "exact";
    case Verdict::ExactWith: return "exact with";
    case Verdict::Impossible: return "impossible";
  }
  return "";
}

Result<PortedLayer> port(const PortRequest& asked, const Framework& framework) {
  PortRequest request = asked;
  const auto resolved = resolve(request.layer);
  if (!resolved) return resolved.error();
  const PortTarget* target = target_of(framework);
  if (target == nullptr) {
    return Error{.code = ErrorCode::Unsupported,
                 .where = std::string(framework.name),
                 .what = "has functions and no layers: nothing to port to"};
  }
  if (resolved->framework == &framework) {
    return usage(layer_text(resolved->layer, framework.name),
                 fmt::format("the layer is {}'s own already", framework.name),
                 "--to another framework");
  }
  const auto probes = probes_of(request, *resolved);
  if (!probes) return probes.error();
  const Lowering& first = probes->lowerings[0];

  PortedLayer ported{.from = first.layer,
                     .source = request.layer,
                     .notes = first.notes,
                     .weight_mask = first.weight_mask,
                     .x_shape = probes->shapes[0],
                     .y_shape = first.y_shape,
                     .y_channels = first.y_shape[*first.y_axes.channel]};
  if (!first.weight_mask.empty()) {
    ported.notes.emplace_back(
        "the mask goes into the weights: multiply them by it first (-o does)");
  }
  if (std::string rule = rule_against(*target, *probes); !rule.empty()) {
    return impossible(std::move(ported), std::move(rule));
  }
  const int rank = first.stages[0].rank;
  const ActivationAxes axes =
      *activation_axes(static_cast<std::size_t>(rank) + 2, rank, target->order);
  ported.axes = axes;
  ported.x_layout = activation_layout(axes);
  ported.x_order = order_between(probes->form.axes, axes);
  ported.y_order = order_between(axes, first.y_axes);

  const PortTarget* const own = target_of(*resolved->framework);
  const bool goes_on = own == nullptr || own->pads_without_end;
  for (std::size_t s = 0; s < first.stages.size(); ++s) {
    RaiseRequest wanted{.asked = probes->asked, .groups_along_batch = first.groups_along_batch};
    for (const Lowering& lowering : probes->lowerings) wanted.sizes.push_back(lowering.stages[s]);
    auto raised = raise(wanted, *target);
    if (!raised) {
      Error error = raised.error();
      if (error.where.empty()) error.where = ported.from;
      return error;
    }
    if (!raised->rule.empty()) return impossible(std::move(ported), raised->rule);
    ported.any_size = ported.any_size && raised->any_size;
    if (!probes->asked && goes_on && !raised->least_lengths.empty()) {
      ported.least_lengths = raised->least_lengths;
      add_once(ported.notes,
               fmt::format("where x has fewer elements than {} along its spatial axes, {} does not "
                           "pad it so far: --input-shape ports that",
                           sizes_text(ported.least_lengths), framework.name));
    }
    for (const std::string& step : raised->with) add_once(ported.with, step);
    for (const std::string& note : raised->notes) add_once(ported.notes, note);
    ported.stages.push_back(std::move(raised->stage));
  }
  if (first.last_axis == LastAxisActivation::Sparsemax) {
    return impossible(
        std::move(ported),
        fmt::format("{} has no sparsemax: port the layer without its activation", framework.name));
  }
  PortedStage& end = ported.stages.back();
  if (first.last_axis != LastAxisActivation::None) {
    end.last_axis = first.last_axis;
    end.activated_axis = ported.y_order.back();
    add_once(ported.with, "an activation behind it");
  }
  if (!ported.with.empty()) ported.verdict = Verdict::ExactWith;
  return ported;
}

}  // namespace tconv::frameworks
