// How calls of jax.lax are written, and flax's layers upon them, for searches.
#include "frameworks/flax_padding.hpp"
#include "frameworks/forms.hpp"
#include "frameworks/lax_convolution.hpp"

namespace tconv::frameworks {
namespace {

bool of_lax(std::string_view word) {
  return word.empty() || word.starts_with("SAME") || word == "VALID";
}

Arguments::Pair pads_of(const Form& form, const AxisChoice& c, std::int64_t input) {
  const std::int64_t reach = (c.kernel - 1) * c.dilation + 1;
  if (form.word.empty()) return c.pads;
  if (form.direction == Direction::Transposed) {
    return of_lax(form.word) ? lax::transposed_pads(form.word, {}, reach, c.stride)
                             : flax::wrapped_pads(reach, c.stride, false);
  }
  return of_lax(form.word) ? lax::forward_pads(form.word, input, reach, c.stride)
                           : flax::forward_pads(form.word, reach);
}

// As lax itself sees it: a transposed call is a forward one over the input spread out.
FormAxis lax_axis(const Form& form, const AxisChoice& c, std::int64_t input, std::int64_t) {
  const bool transposed = form.direction == Direction::Transposed;
  const Arguments::Pair pads = pads_of(form, c, input);
  return {.axis = {.input = input,
                   .kernel = c.kernel,
                   .stride = transposed ? 1 : c.stride,
                   .dilation = c.dilation,
                   .input_dilation = transposed ? c.stride : 1,
                   .begin = pads.low,
                   .end = pads.high}};
}

Layer lax_layer(const Form& form, const FormLayer& from) {
  const bool transposed = form.direction == Direction::Transposed;
  Layer layer{.module = "lax", .name = transposed ? "conv_transpose" : "conv_general_dilated"};
  add_argument(layer, "", word_value("x"));
  add_argument(layer, "", word_value("w"));
  add_argument(layer, transposed ? "strides" : "window_strides",
               list_value(each_axis(from, &AxisChoice::stride)));
  add_argument(layer, "padding",
               form.word.empty() ? pairs_value(from.axes) : string_value(form.word));
  const Sizes dilation = each_axis(from, &AxisChoice::dilation);
  if (!all_equal(dilation, 1)) add_argument(layer, "rhs_dilation", list_value(dilation));
  return layer;
}

Value flax_padding(const Form& form, const FormLayer& from) {
  if (!form.word.empty()) return string_value(form.word);
  if (form.pads != FormPads::Even) return pairs_value(from.axes);
  Sizes numbers;
  for (const AxisChoice& axis : from.axes) numbers.push_back(axis.pads.low);
  return short_value(numbers);
}

Layer flax_layer(const Form& form, const FormLayer& from) {
  const bool transposed = form.direction == Direction::Transposed;
  Layer layer{.module = "nn", .name = transposed ? "ConvTranspose" : "Conv"};
  add_argument(layer, "features", int_value(from.out_channels));
  add_argument(layer, "kernel_size", list_value(each_axis(from, &AxisChoice::kernel)));
  const Sizes strides = each_axis(from, &AxisChoice::stride);
  const Sizes dilation = each_axis(from, &AxisChoice::dilation);
  if (!all_equal(strides, 1)) add_argument(layer, "strides", list_value(strides));
  add_argument(layer, "padding", flax_padding(form, from));
  if (!all_equal(dilation, 1)) add_argument(layer, "kernel_dilation", list_value(dilation));
  return layer;
}

constexpr Form lax_form(Direction direction, std::string_view word, int oddity) {
  return {.direction = direction,
          .word = word,
          .pads = word.empty() ? FormPads::Pairs : FormPads::None,
          .says_kernel = false,
          .oddity = oddity,
          .order = direction == Direction::Transposed ? ChannelOrder::Last : ChannelOrder::First,
          .axis = &lax_axis,
          .write = &lax_layer};
}

constexpr Form kLaxForms[] = {
    lax_form(Direction::Forward, "", 1),       lax_form(Direction::Forward, "VALID", 0),
    lax_form(Direction::Forward, "SAME", 0),   lax_form(Direction::Forward, "SAME_LOWER", 2),
    lax_form(Direction::Transposed, "", 1),    lax_form(Direction::Transposed, "VALID", 0),
    lax_form(Direction::Transposed, "SAME", 0)};

struct FlaxForm {
  std::string_view word{};
  int oddity = 0;
  FormPads pads = FormPads::None;
  int only_rank = 0;
};

constexpr Form flax_form(Direction direction, const FlaxForm& of) {
  return {.direction = direction,
          .word = of.word,
          .pads = of.pads,
          .only_rank = of.only_rank,
          .oddity = of.oddity,
          .order = ChannelOrder::Last,
          .axis = &lax_axis,
          .write = &flax_layer};
}

constexpr Form kFlaxForms[] = {
    flax_form(Direction::Forward, {.oddity = 1, .pads = FormPads::Even}),
    flax_form(Direction::Forward, {.oddity = 1, .pads = FormPads::Uneven}),
    flax_form(Direction::Forward, {.word = "VALID"}),
    flax_form(Direction::Forward, {.word = "SAME"}),
    flax_form(Direction::Forward, {.word = "SAME_LOWER", .oddity = 2}),
    flax_form(Direction::Forward, {.word = "CIRCULAR", .oddity = 5}),
    flax_form(Direction::Forward, {.word = "REFLECT", .oddity = 5}),
    flax_form(Direction::Forward, {.word = "CAUSAL", .oddity = 2, .only_rank = 1}),
    flax_form(Direction::Transposed, {.oddity = 1, .pads = FormPads::Even}),
    flax_form(Direction::Transposed, {.oddity = 1, .pads = FormPads::Uneven}),
    flax_form(Direction::Transposed, {.word = "VALID"}),
    flax_form(Direction::Transposed, {.word = "SAME"}),
    flax_form(Direction::Transposed, {.word = "CIRCULAR", .oddity = 5}),
};

}  // namespace

std::span<const Form> jax_forms() { return kLaxForms; }
std::span<const Form> flax_forms() { return kFlaxForms; }

}  // namespace tconv::frameworks
