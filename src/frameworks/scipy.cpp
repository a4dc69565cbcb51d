// SciPy's signal functions: no channels, no stride. in1 is x, in2 the kernel; convolve flips it.
// Sources: scipy scipy/signal/_signaltools.py (convolve, correlate, convolve2d, correlate2d,
// _inputs_swap_needed, _bvalfromboundary), scipy/signal/_firfilter.cc.
#include "frameworks/scipy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "frameworks/arguments.hpp"
#include "frameworks/assemble.hpp"
#include "frameworks/forms.hpp"
#include "frameworks/scipy_modes.hpp"
#include "support/suggest.hpp"

namespace tconv::frameworks {
namespace {

struct Function {
  std::string_view name;
  bool convolves;  // else it correlates
  bool is_2d;
};

constexpr Function kFunctions[] = {{"convolve", true, false},
                                   {"correlate", false, false},
                                   {"convolve2d", true, true},
                                   {"correlate2d", false, true}};

const Function* function_named(std::string_view name) {
  const auto* it = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                [&](const Function& f) { return f.name == name; });
  return it == std::end(kFunctions) ? nullptr : it;
}

constexpr std::pair<std::string_view, PadMode> kBoundaries[] = {
    {"fill", PadMode::Constant},  {"pad", PadMode::Constant},
    {"wrap", PadMode::Circular},  {"circular", PadMode::Circular},
    {"symm", PadMode::Symmetric}, {"symmetric", PadMode::Symmetric},
};

constexpr std::size_t kMostDirectAxes = 32;  // an iterator of NumPy's has no more

using scipy::Mode;

struct Settings {
  Mode mode = Mode::Full;
  std::string method = "auto";
  PadMode boundary = PadMode::Zeros;
  double fill = 0;
};

Settings read_settings(Arguments& args, const Function& f) {
  Settings s;
  for (const std::string_view word : {"mode", "method", "boundary"}) {
    args.require(args.find(word) == nullptr || args.has(word), word,
                 fmt::format("{} = None: SciPy wants the word", word));
  }
  const std::string mode = args.text("mode", "full");
  constexpr std::string_view kModes[] = {"full", "same", "valid"};
  const auto* const it = std::find(std::begin(kModes), std::end(kModes), mode);
  args.require(it != std::end(kModes), "mode",
               fmt::format("mode = '{}' must be 'full', 'same' or 'valid'{}", mode,
                           support::did_you_mean(mode, kModes)));
  if (it != std::end(kModes)) s.mode = static_cast<Mode>(it - std::begin(kModes));
  if (!f.is_2d) {
    s.method = args.text("method", "auto");
    args.require(s.method == "auto" || s.method == "direct" || s.method == "fft", "method",
                 fmt::format("method = '{}' must be 'auto', 'direct' or 'fft'", s.method));
    return s;
  }
  const std::string word = args.text("boundary", "fill");
  bool known = false;
  for (const auto& [name, boundary] : kBoundaries) {
    if (name != word) continue;
    s.boundary = boundary;
    known = true;
  }
  args.require(
      known, "boundary", fmt::format("boundary = '{}' must be 'fill', 'wrap' or 'symm'", word),
      word == "reflect" ? "SciPy has the name, and fails where it runs; 'symm' repeats the "
                          "edge"
                        : "");
  if (!args.has("fillvalue")) return s;
  const Value& fill = *args.find("fillvalue");
  args.require(fill.kind == Value::Kind::Int || fill.kind == Value::Kind::Float, "fillvalue",
               fmt::format("fillvalue must be a number, got {}", value_text(fill)));
  s.fill = fill.kind == Value::Kind::Int ? static_cast<double>(fill.integer) : fill.real;
  return s;
}

bool covers(const Shape& a, const Shape& b) {  // at least as long along every axis
  return std::equal(a.begin(), a.end(), b.begin(), [](auto m, auto n) { return m >= n; });
}

// Reads the axes of x backwards.
void reverse(Problem& problem) {
  for (std::size_t a = first_axis(problem); a < kMaxAxes; ++a) {
    problem.x.first += (problem.axes[a].input - 1) * problem.x.axes[a];
    problem.x.axes[a] = -problem.x.axes[a];
  }
}

void place_mode(Problem& problem, Mode mode, bool is_correlate2d) {
  for (std::size_t a = first_axis(problem); a < kMaxAxes; ++a) {
    Axis& axis = problem.axes[a];
    const Ends pads = scipy::mode_pads(mode, axis.kernel, is_correlate2d);
    axis.begin = pads.begin;
    axis.end = pads.end;
  }
}

Result<void> check_shapes(const Arguments& args, const Function& f, const Settings& s,
                          const Operand& x, const Operand& w) {
  const auto refuse = [&](std::string what) {
    return Error{.code = ErrorCode::ShapeMismatch, .where = args.where(), .what = std::move(what)};
  };
  const std::size_t rank = x.shape.size();
  if (rank != w.shape.size() || (f.is_2d && rank != 2)) {
    return refuse(fmt::format("{} has {} axes and {} has {}; they need {}", x.name, rank, w.name,
                              w.shape.size(), f.is_2d ? "2 each" : "the same number"));
  }
  if (s.method == "direct" && rank > kMostDirectAxes) {
    return refuse(
        fmt::format("method 'direct' takes at most {} axes, got {}", kMostDirectAxes, rank));
  }
  for (const Operand* operand : {&x, &w}) {
    if (std::count(operand->shape.begin(), operand->shape.end(), 0) > 0) {
      return refuse(
          fmt::format("{} is empty: shape {}", operand->name, sizes_text(operand->shape)));
    }
  }
  if (s.mode == Mode::Valid && !covers(x.shape, w.shape) && !covers(w.shape, x.shape)) {
    return refuse(
        fmt::format("mode 'valid' needs one input to be as long as the other along every "
                    "axis, got {} and {}",
                    sizes_text(x.shape), sizes_text(w.shape)));
  }
  return {};
}

Result<Lowering> lower_scipy(const Layer& layer, const LoweringInput& input) {
  const Function& f = *function_named(layer.name);
  Arguments args(layer, kScipy.name, kScipy.signature(layer));
  if (args.error()) return *args.error();
  // Two arrays without axes are multiplied before SciPy looks at the other arguments.
  const bool scalars =
      !f.is_2d && input.x.shape.empty() && !input.weights.empty() && input.weights[0].shape.empty();
  const Settings s = scalars ? Settings{} : read_settings(args, f);
  if (args.error()) return *args.error();
  if (input.weights.empty()) {
    return args.refusal("in2", "the second input's shape is not known", "give it with -w");
  }
  if (input.bias) {
    return args.refusal("", fmt::format("{} has no bias ({})", f.name, input.bias->name));
  }
  Operand x = input.x, w = input.weights[0];
  if (auto ok = check_shapes(args, f, s, x, w); !ok) return ok.error();
  const bool swap = s.mode == Mode::Valid && !covers(x.shape, w.shape);
  if (swap) std::swap(x, w);

  const int rank = static_cast<int>(x.shape.size());
  Problem problem{.dtype = input.dtype,
                  .rank = rank,
                  .pad_mode = s.boundary,
                  .pad_value = s.fill,
                  .flip_kernel = f.convolves};
  const ActivationAxes axes{.spatial = consecutive(0, rank)};
  place_x(problem, x, axes);
  place_w(problem, w, WeightAxes{.spatial = consecutive(0, rank)});
  place_mode(problem, s.mode, f.is_2d && !f.convolves);
  if (swap && !f.convolves) {  // correlate gives the swapped result backwards
    reverse(problem);
    problem.flip_kernel = true;
  }
  const auto extents = output_extents(problem);
  if (!extents) {
    Error error = extents.error();
    error.where = args.where();
    return error;
  }
  const Shape y_shape = place_y(problem, axes, {}, *extents);
  return Lowering{.layer = args.where(),
                  .framework = kScipy.name,
                  .stages = {problem},
                  .stage_shapes = {y_shape},
                  .swap_operands = swap,
                  .y_shape = y_shape,
                  .x_axes = axes,
                  .y_axes = axes,
                  .x_layout = activation_layout(axes),
                  .w_layouts = {kernel_layout(rank, "")}};
}

bool knows_scipy(const Layer& layer) { return function_named(layer.name) != nullptr; }

std::vector<std::string_view> scipy_names() {
  std::vector<std::string_view> names;
  for (const Function& f : kFunctions) names.push_back(f.name);
  return names;
}

Signature scipy_signature(const Layer& layer) {
  return {.positional = function_named(layer.name)->is_2d ? "in1 in2 mode boundary fillvalue"
                                                          : "in1 in2 mode method"};
}

int scipy_weight_count(const Layer&) { return 1; }

}  // namespace

const Framework kScipy = {.name = "scipy",
                          .knows = &knows_scipy,
                          .layer_names = &scipy_names,
                          .lower = &lower_scipy,
                          .weight_count = &scipy_weight_count,
                          .signature = &scipy_signature,
                          .forms = &scipy_forms};

}  // namespace tconv::frameworks
