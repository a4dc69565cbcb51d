// How SciPy's calls are written, for searches: convolve, or convolve2d over two axes. correlate and
// correlate2d have the same sizes.
#include "frameworks/forms.hpp"
#include "frameworks/scipy_modes.hpp"

namespace tconv::frameworks {
namespace {

using scipy::Mode;

Mode mode_of(std::string_view word) {
  if (word == "full") return Mode::Full;
  return word == "same" ? Mode::Same : Mode::Valid;
}

FormAxis scipy_axis(const Form& form, const AxisChoice& c, std::int64_t input, std::int64_t) {
  const Mode mode = mode_of(form.word);
  Axis axis{.input = input, .kernel = c.kernel};
  if (mode == Mode::Valid && c.kernel > input) std::swap(axis.input, axis.kernel);
  const Ends pads = scipy::mode_pads(mode, axis.kernel, false);
  axis.begin = pads.begin;
  axis.end = pads.end;
  return {.axis = axis};
}

Layer scipy_layer(const Form& form, const FormLayer& from) {
  Layer layer{.module = "signal", .name = from.axes.size() == 2 ? "convolve2d" : "convolve"};
  add_argument(layer, "", word_value("x"));
  add_argument(layer, "", word_value("w"));
  add_argument(layer, "mode", string_value(form.word));
  return layer;
}

constexpr Form mode(std::string_view word) {
  return {.word = word,
          .says_kernel = false,
          .strided = false,
          .spatial_only = true,
          .axis = &scipy_axis,
          .write = &scipy_layer};
}

constexpr Form kForms[] = {mode("same"), mode("valid"), mode("full")};

}  // namespace

std::span<const Form> scipy_forms() { return kForms; }

}  // namespace tconv::frameworks
