// How Keras's layers are written, for searches.
#include <fmt/format.h>

#include "frameworks/forms.hpp"
#include "frameworks/keras_settings.hpp"

namespace tconv::frameworks {
namespace {

keras::Padding padding_of(const Form& form) {
  if (form.word == "same") return keras::Padding::Same;
  return form.word == "causal" ? keras::Padding::Causal : keras::Padding::Valid;
}

FormAxis keras_axis(const Form& form, const AxisChoice& c, std::int64_t input, std::int64_t) {
  Axis axis{.input = input, .kernel = c.kernel, .stride = c.stride, .dilation = c.dilation};
  const Ends ends = form.direction == Direction::Transposed
                        ? keras::transposed_crops(padding_of(form), axis, c.output_padding)
                        : keras::forward_pads(padding_of(form), axis);
  axis.begin = ends.begin;
  axis.end = ends.end;
  return {.direction = form.direction, .axis = axis};
}

Layer keras_layer(const Form& form, const FormLayer& from) {
  const bool transposed = form.direction == Direction::Transposed;
  Layer layer{.module = "keras.layers",
              .name = fmt::format("Conv{}D{}", from.axes.size(), transposed ? "Transpose" : "")};
  add_argument(layer, "", int_value(from.out_channels));
  add_argument(layer, "", short_value(each_axis(from, &AxisChoice::kernel)));
  const Sizes strides = each_axis(from, &AxisChoice::stride);
  const Sizes dilation = each_axis(from, &AxisChoice::dilation);
  if (!all_equal(strides, 1)) add_argument(layer, "strides", short_value(strides));
  add_argument(layer, "padding", string_value(form.word));
  if (from.axes.front().output_padding) {
    Sizes sizes;
    for (const AxisChoice& axis : from.axes) sizes.push_back(axis.output_padding.value_or(0));
    add_argument(layer, "output_padding", short_value(sizes));
  }
  if (!all_equal(dilation, 1)) add_argument(layer, "dilation_rate", short_value(dilation));
  return layer;
}

constexpr Form forward(std::string_view word, int only_rank = 0, int oddity = 0) {
  return {.word = word,
          .only_rank = only_rank,
          .oddity = oddity,
          .order = ChannelOrder::Last,
          .axis = &keras_axis,
          .write = &keras_layer};
}

constexpr Form transposed(std::string_view word) {
  return {.direction = Direction::Transposed,
          .word = word,
          .output_padding = FormOutputPadding::Optional,
          .order = ChannelOrder::Last,
          .axis = &keras_axis,
          .write = &keras_layer};
}

constexpr Form kForms[] = {forward("valid"), forward("same"), forward("causal", 1, 2),
                           transposed("valid"), transposed("same")};

}  // namespace

std::span<const Form> keras_forms() { return kForms; }

}  // namespace tconv::frameworks
