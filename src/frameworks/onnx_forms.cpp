// How ONNX's nodes are written in Python, for searches.
#include "frameworks/forms.hpp"
#include "frameworks/onnx_padding.hpp"

namespace tconv::frameworks {
namespace {

using onnx::AutoPad;

AutoPad auto_pad_of(std::string_view word) {
  if (word == "SAME_UPPER") return AutoPad::SameUpper;
  if (word == "SAME_LOWER") return AutoPad::SameLower;
  return word == "VALID" ? AutoPad::Valid : AutoPad::NotSet;
}

FormAxis onnx_axis(const Form& form, const AxisChoice& c, std::int64_t input, std::int64_t output) {
  Axis axis{.input = input,
            .kernel = c.kernel,
            .stride = c.stride,
            .dilation = c.dilation,
            .begin = c.pads.low,
            .end = c.pads.high};
  Ends ends;
  if (form.direction == Direction::Forward) {
    ends = onnx::forward_pads(auto_pad_of(form.word), axis);
  } else {
    onnx::TransposedEnds with{.full = (input - 1) * c.stride + (c.kernel - 1) * c.dilation + 1,
                              .output_padding = c.output_padding.value_or(0)};
    if (form.output_size) with.output_shape = output;
    ends = onnx::transposed_crops(auto_pad_of(form.word), axis, with);
  }
  axis.begin = ends.begin;
  axis.end = ends.end;
  return {.direction = form.direction, .axis = axis};
}

Value names(std::initializer_list<std::string_view> words) {
  Value list{.kind = Value::Kind::List, .is_tuple = false};
  for (const std::string_view word : words) list.items.push_back(string_value(word));
  return list;
}

Layer onnx_layer(const Form& form, const FormLayer& from) {
  const bool transposed = form.direction == Direction::Transposed;
  Layer layer{.module = "onnx.helper", .name = "make_node"};
  add_argument(layer, "", string_value(transposed ? "ConvTranspose" : "Conv"));
  add_argument(layer, "", names({"X", "W"}));
  add_argument(layer, "", names({"Y"}));
  const auto add = [&](std::string_view name, const Sizes& sizes, std::int64_t standard) {
    if (!all_equal(sizes, standard)) add_argument(layer, name, list_value(sizes, false));
  };
  add("kernel_shape", each_axis(from, &AxisChoice::kernel), 0);  // always: W is not at hand
  add("strides", each_axis(from, &AxisChoice::stride), 1);
  if (!form.word.empty()) add_argument(layer, "auto_pad", string_value(form.word));
  Sizes begins, ends, output_padding;
  for (const AxisChoice& axis : from.axes) {
    begins.push_back(axis.pads.low);
    ends.push_back(axis.pads.high);
    output_padding.push_back(axis.output_padding.value_or(0));
  }
  begins.insert(begins.end(), ends.begin(), ends.end());
  add("pads", begins, 0);
  add("output_padding", output_padding, 0);
  if (form.output_size) {
    add("output_shape", {from.output.begin(), from.output.end()}, 0);
  }
  add("dilations", each_axis(from, &AxisChoice::dilation), 1);
  return layer;
}

constexpr Form forward(std::string_view word, int oddity) {
  return {.word = word,
          .pads = word.empty() ? FormPads::Pairs : FormPads::None,
          .oddity = oddity,
          .axis = &onnx_axis,
          .write = &onnx_layer};
}

constexpr Form transposed(std::string_view word, int oddity) {
  Form form = forward(word, oddity);
  form.direction = Direction::Transposed;
  form.output_padding = FormOutputPadding::Number;
  return form;
}

// With output_shape, the pads and whether auto_pad is VALID or SAME_LOWER say nothing.
constexpr Form sized(std::string_view word) {
  return {.direction = Direction::Transposed,
          .word = word,
          .output_size = true,
          .oddity = 3,
          .axis = &onnx_axis,
          .write = &onnx_layer};
}

constexpr Form kForms[] = {forward("", 0),
                           forward("VALID", 1),
                           forward("SAME_UPPER", 0),
                           forward("SAME_LOWER", 2),
                           transposed("", 0),
                           transposed("VALID", 1),
                           transposed("SAME_UPPER", 0),
                           transposed("SAME_LOWER", 2),
                           sized(""),
                           sized("SAME_UPPER")};

}  // namespace

std::span<const Form> onnx_forms() { return kForms; }

}  // namespace tconv::frameworks
