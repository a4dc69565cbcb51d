// How PyTorch's layers are written, for searches.
#include <fmt/format.h>

#include "frameworks/forms.hpp"
#include "frameworks/pytorch_settings.hpp"

namespace tconv::frameworks {
namespace {

FormAxis pytorch_axis(const Form& form, const AxisChoice& c, std::int64_t input, std::int64_t) {
  Axis axis{.input = input, .kernel = c.kernel, .stride = c.stride, .dilation = c.dilation};
  const Ends ends = form.direction == Direction::Transposed
                        ? pytorch::transposed_crops(c.pads.low, c.output_padding.value_or(0))
                        : pytorch::forward_pads({form.word == "same", c.pads.low}, axis);
  axis.begin = ends.begin;
  axis.end = ends.end;
  return {.direction = form.direction, .axis = axis};
}

Sizes paddings(const FormLayer& layer) {
  Sizes sizes;
  for (const AxisChoice& axis : layer.axes) sizes.push_back(axis.pads.low);
  return sizes;
}

Sizes output_paddings(const FormLayer& layer) {
  Sizes sizes;
  for (const AxisChoice& axis : layer.axes) sizes.push_back(axis.output_padding.value_or(0));
  return sizes;
}

Layer pytorch_layer(const Form& form, const FormLayer& from) {
  const bool transposed = form.direction == Direction::Transposed;
  Layer layer{.module = "nn",
              .name = fmt::format("Conv{}{}d", transposed ? "Transpose" : "", from.axes.size())};
  add_argument(layer, "", int_value(from.in_channels));
  add_argument(layer, "", int_value(from.out_channels));
  add_argument(layer, "", short_value(each_axis(from, &AxisChoice::kernel)));
  const auto add = [&](std::string_view name, const Sizes& sizes, std::int64_t standard) {
    if (!all_equal(sizes, standard)) add_argument(layer, name, short_value(sizes));
  };
  add("stride", each_axis(from, &AxisChoice::stride), 1);
  if (form.word.empty()) {
    add("padding", paddings(from), 0);
  } else {
    add_argument(layer, "padding", string_value(form.word));
  }
  add("output_padding", output_paddings(from), 0);
  add("dilation", each_axis(from, &AxisChoice::dilation), 1);
  return layer;
}

constexpr Form kForms[] = {
    {.pads = FormPads::Even, .axis = &pytorch_axis, .write = &pytorch_layer},
    {.word = "same", .axis = &pytorch_axis, .write = &pytorch_layer},
    {.word = "valid", .oddity = 1, .axis = &pytorch_axis, .write = &pytorch_layer},
    {.direction = Direction::Transposed,
     .pads = FormPads::Even,
     .output_padding = FormOutputPadding::Number,
     .axis = &pytorch_axis,
     .write = &pytorch_layer},
};

}  // namespace

std::span<const Form> pytorch_forms() { return kForms; }

}  // namespace tconv::frameworks
