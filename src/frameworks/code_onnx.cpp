// Ported layers as an ONNX model in its textual syntax, which onnx.parser reads.
// Source: onnx docs/Syntax.md; docs/Operators.md of opset 22.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "frameworks/port_code.hpp"
#include "frameworks/port_idiom.hpp"
#include "problem/borrowed_index.hpp"

namespace tconv::frameworks {
namespace {

std::string_view element_type(DType dtype) {
  switch (dtype) {
    case DType::Float16: return "float16";
    case DType::BFloat16: return "bfloat16";
    case DType::Float64: return "double";
    default: return "float";
  }
}

std::string attribute_text(const Value& value) {
  if (value.kind == Value::Kind::String) return fmt::format("\"{}\"", value.text);
  if (value.kind != Value::Kind::List) return value_text(value);
  std::vector<std::string> items;
  for (const Value& item : value.items) items.push_back(value_text(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

// The nodes of one model; `x` is the value that the next node takes.
class Graph {
 public:
  explicit Graph(DType dtype) : dtype_(dtype) {}

  const std::string& lines() const { return lines_; }

  // The node's output becomes x.
  void node(std::string_view op, const std::string& attributes, std::vector<std::string> inputs) {
    std::replace(inputs.begin(), inputs.end(), std::string("x"), x_);
    std::string output = fresh("t");
    add(output, op, attributes, inputs);
    x_ = std::move(output);
  }

  std::string ints(const std::vector<std::int64_t>& values) {
    std::string name = fresh("c");
    lines_ +=
        fmt::format("  {} = Constant <value_ints = [{}]> ()\n", name, fmt::join(values, ", "));
    return name;
  }

  std::string number(double value) {
    std::string name = fresh("c");
    lines_ += fmt::format("  {} = Constant <value_float = {:.1f}> ()\n", name, value);
    if (dtype_ == DType::Float32) return name;
    std::string cast = fresh("c");
    add(cast, "CastLike", "", {name, x_});
    return cast;
  }

  std::vector<std::string> split(const std::string& value, std::int64_t parts, std::int64_t axis) {
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < parts; ++i) names.push_back(fresh("s"));
    add(fmt::format("{}", fmt::join(names, ", ")), "Split",
        fmt::format("axis = {}, num_outputs = {}", axis, parts), {value});
    return names;
  }

  std::string squeezed(const std::string& value) {
    const std::string axes = ints({0});
    std::string name = fresh("s");
    add(name, "Squeeze", "", {value, axes});
    return name;
  }

  // Ends the model: the last node's output is called Y.
  void finish() {
    const std::size_t at = lines_.rfind(fmt::format("  {} = ", x_));
    lines_.replace(at + 2, x_.size(), "Y");
  }

  const std::string& x() const { return x_; }
  void set_x(std::string x) { x_ = std::move(x); }

 private:
  std::string fresh(std::string_view kind) { return fmt::format("{}{}", kind, count_++); }
  void add(const std::string& output, std::string_view op, const std::string& attributes,
           const std::vector<std::string>& inputs) {
    lines_ += fmt::format("  {} = {}{} ({})\n", output, op,
                          attributes.empty() ? "" : fmt::format(" <{}>", attributes),
                          fmt::join(inputs, ", "));
  }

  DType dtype_;
  std::string lines_{}, x_ = "X";
  int count_ = 0;
};

void add_slice(Graph& graph, const std::vector<SliceStep>& slices) {
  std::vector<std::int64_t> starts, ends, axes, steps;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const SliceStep& slice = slices[i];
    if (slice.begin == 0 && slice.end == 0 && slice.step == 1) continue;
    starts.push_back(slice.begin);
    ends.push_back(slice.end > 0 ? -slice.end : std::numeric_limits<std::int64_t>::max());
    axes.push_back(static_cast<std::int64_t>(i) + 2);
    steps.push_back(slice.step);
  }
  std::vector<std::string> inputs = {"x", graph.ints(starts), graph.ints(ends), graph.ints(axes)};
  if (!std::all_of(steps.begin(), steps.end(), [](std::int64_t step) { return step == 1; })) {
    inputs.push_back(graph.ints(steps));
  }
  graph.node("Slice", "", std::move(inputs));
}

// The index that pads each axis, which Pad would do no further than once around.
void add_gathers(Graph& graph, const PortedStage& stage) {
  for (std::size_t i = 0; i < stage.steps.pads.size(); ++i) {
    const PadStep& pad = stage.steps.pads[i];
    if (pad.begin <= 0 && pad.end <= 0) continue;
    const std::int64_t length = stage.from.axes[first_axis(stage.from) + i].input;
    std::vector<std::int64_t> indices;
    for (std::int64_t at = std::min<std::int64_t>(0, -pad.begin);
         at < length + std::max<std::int64_t>(0, pad.end); ++at) {
      const bool inside = at >= 0 && at < length;
      indices.push_back(inside ? at : borrowed_index(stage.steps.pad_mode, at, length));
    }
    graph.node("Gather", fmt::format("axis = {}", i + 2), {"x", graph.ints(indices)});
  }
}

void add_pads(Graph& graph, const PortedStage& stage) {
  const Steps& steps = stage.steps;
  std::vector<SliceStep> cuts;
  std::vector<std::int64_t> begins(2, 0), ends(2, 0);
  bool is_cut = false, is_padded = false;
  for (const PadStep& pad : steps.pads) {
    cuts.push_back({std::max<std::int64_t>(0, -pad.begin), std::max<std::int64_t>(0, -pad.end)});
    begins.push_back(std::max<std::int64_t>(0, pad.begin));
    ends.push_back(std::max<std::int64_t>(0, pad.end));
    is_cut = is_cut || pad.begin < 0 || pad.end < 0;
    is_padded = is_padded || pad.begin > 0 || pad.end > 0;
  }
  std::string mode;
  if (steps.pad_mode == PadMode::Reflect) mode = "mode = \"reflect\"";
  if (steps.pad_mode == PadMode::Replicate) mode = "mode = \"edge\"";
  if (steps.pad_mode == PadMode::Circular) mode = "mode = \"wrap\"";
  begins.insert(begins.end(), ends.begin(), ends.end());
  if (stage.pads_by_index) {
    add_gathers(graph, stage);
  } else if (is_padded) {
    graph.node("Pad", mode, {"x", graph.ints(begins)});
  }
  if (is_cut) add_slice(graph, cuts);
}

void add_layer(Graph& graph, const CodeStage& code) {
  const PortedStage& stage = *code.stage;
  std::vector<std::string> attributes;
  for (const Argument& a : stage.layer.arguments) {
    attributes.push_back(fmt::format("{} = {}", a.name, attribute_text(a.value)));
  }
  const std::string list = fmt::format("{}", fmt::join(attributes, ", "));
  const std::string w = "W" + code.suffix, b = "B" + code.suffix;
  if (stage.split == Split::None) {
    std::vector<std::string> inputs = {"x", w};
    if (stage.bias) inputs.push_back(b);
    return graph.node(stage.layer.name, list, std::move(inputs));
  }
  const std::int64_t axis = stage.split == Split::Batch ? 0 : 1;
  const std::vector<std::string> parts = graph.split(graph.x(), stage.branches, axis);
  const std::vector<std::string> kernels = graph.split(w, stage.branches, 0);
  std::vector<std::string> biases, results;
  if (stage.bias) biases = graph.split(b, stage.branches, 0);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    graph.set_x(parts[i]);
    std::vector<std::string> inputs = {"x", graph.squeezed(kernels[i])};
    if (stage.bias) inputs.push_back(biases[i]);
    graph.node(stage.layer.name, list, std::move(inputs));
    results.push_back(graph.x());
  }
  graph.node("Concat", "axis = 1", std::move(results));
}

void add_clip(Graph& graph, double low, double high) {
  const std::string least = graph.number(low), most = graph.number(high);
  graph.node("Clip", "", {"x", least, most});
}

// (clip(x, -1, 1) + 1)^2 / 4 + relu(x - 1)
void add_sparse_plus(Graph& graph) {
  const std::string input = graph.x(), one = graph.number(1), four = graph.number(4);
  graph.node("Sub", "", {"x", one});
  graph.node("Relu", "", {"x"});
  const std::string above = graph.x();
  graph.set_x(input);
  add_clip(graph, -1, 1);
  graph.node("Add", "", {"x", one});
  graph.node("Mul", "", {"x", "x"});
  graph.node("Div", "", {"x", four});
  graph.node("Add", "", {"x", above});
}

void add_activation(Graph& graph, Activation activation) {
  const std::string input = graph.x();
  const auto one = [&](std::string_view op, const std::string& attributes = "") {
    graph.node(op, attributes, {"x"});
  };
  switch (activation) {
    case Activation::Linear: return;
    case Activation::Relu: return one("Relu");
    case Activation::Relu6: return add_clip(graph, 0, 6);
    case Activation::LeakyRelu: return one("LeakyRelu", "alpha = 0.2");
    case Activation::Elu: return one("Elu");
    case Activation::Selu: return one("Selu");
    case Activation::Celu: return one("Celu");
    case Activation::Silu: one("Sigmoid"); return graph.node("Mul", "", {input, "x"});
    case Activation::HardSilu: return one("HardSwish");
    case Activation::Gelu: return one("Gelu");
    case Activation::Mish: return one("Mish");
    case Activation::Sigmoid: return one("Sigmoid");
    case Activation::LogSigmoid:
      one("Neg");
      one("Softplus");
      return one("Neg");
    case Activation::HardSigmoid: return one("HardSigmoid", "alpha = 0.16666667");
    case Activation::SparseSigmoid: return one("HardSigmoid", "alpha = 0.5");
    case Activation::Tanh: return one("Tanh");
    case Activation::HardTanh: return add_clip(graph, -1, 1);
    case Activation::TanhShrink: one("Tanh"); return graph.node("Sub", "", {input, "x"});
    case Activation::Softplus: return one("Softplus");
    case Activation::Softsign: return one("Softsign");
    case Activation::Squareplus: {
      const std::string four = graph.number(4), two = graph.number(2);
      graph.node("Mul", "", {"x", "x"});
      graph.node("Add", "", {"x", four});
      one("Sqrt");
      graph.node("Add", "", {input, "x"});
      return graph.node("Div", "", {"x", two});
    }
    case Activation::SparsePlus: return add_sparse_plus(graph);
    case Activation::SoftShrink: return one("Shrink", "bias = 0.5, lambd = 0.5");
    case Activation::HardShrink: return one("Shrink", "lambd = 0.5");
    case Activation::Exponential: return one("Exp");
  }
}

void add_activation(Graph& graph, LastAxisActivation activation, std::size_t axis) {
  if (activation == LastAxisActivation::Softmax) {
    graph.node("Softmax", fmt::format("axis = {}", axis), {"x"});
  } else if (activation == LastAxisActivation::LogSoftmax) {
    graph.node("LogSoftmax", fmt::format("axis = {}", axis), {"x"});
  } else if (activation == LastAxisActivation::Glu) {
    const auto halves = graph.split(graph.x(), 2, static_cast<std::int64_t>(axis));
    graph.set_x(halves[1]);
    graph.node("Sigmoid", "", {"x"});
    graph.node("Mul", "", {halves[0], "x"});
  }
}

// "float[N, 16, H, W] X": lengths stay open.
std::string activation_value(std::string_view type, std::string_view name, std::int64_t channels,
                             std::size_t rank, std::string_view letter) {
  std::vector<std::string> extents = {fmt::format("{}0", letter), channels > 0
                                                                      ? fmt::format("{}", channels)
                                                                      : fmt::format("{}1", letter)};
  for (std::size_t i = 0; i < rank; ++i) extents.push_back(fmt::format("{}{}", letter, i + 2));
  return fmt::format("{}[{}] {}", type, fmt::join(extents, ", "), name);
}

}  // namespace

std::string onnx_code(const std::vector<CodeStage>& stages,
                      const std::vector<std::vector<std::size_t>>& orders_before) {
  const Problem& first = stages[0].stage->from;
  const std::string_view type = element_type(first.dtype);
  Graph graph(first.dtype);
  std::vector<std::string> inputs = {activation_value(
      type, "X",
      stages[0].stage->split == Split::Batch ? first.in_channels / first.groups : first.in_channels,
      stages[0].stage->rank(), "n")};
  std::string loads;
  bool all_loaded = true;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const CodeStage& code = stages[i];
    const PortedStage& stage = *code.stage;
    if (!orders_before[i].empty()) {
      graph.node("Transpose", fmt::format("perm = [{}]", fmt::join(orders_before[i], ", ")), {"x"});
    }
    if (!stage.steps.pads.empty()) add_pads(graph, stage);
    add_layer(graph, code);
    if (!stage.steps.slices.empty()) add_slice(graph, stage.steps.slices);
    add_activation(graph, stage.activation);
    add_activation(graph, stage.last_axis, stage.activated_axis);
    Shape weights = stage.weights;
    if (stage.split != Split::None) weights.insert(weights.begin(), stage.branches);
    inputs.push_back(fmt::format("{}[{}] W{}", type, fmt::join(weights, ", "), code.suffix));
    if (stage.bias) {
      inputs.push_back(fmt::format("{}[{}] B{}", type, stage.from.out_channels, code.suffix));
    }
    for (const auto& [name, file, needed] :
         {std::tuple("W", code.weight_file, true), std::tuple("B", code.bias_file, stage.bias)}) {
      all_loaded = all_loaded && (!needed || !file.empty());
      if (file.empty()) continue;
      loads += fmt::format("{}\"{}{}\": {}", loads.empty() ? "" : ", ", name, code.suffix,
                           load_text(file));
    }
  }
  graph.finish();
  const std::string y = activation_value(type, "Y", 0, stages.back().stage->rank(), "m");
  std::string text = "import onnx.parser\n";
  if (!loads.empty()) text = "import numpy\n" + text;
  if (!loads.empty() && all_loaded) text += "import onnxruntime\n";
  text += fmt::format(
      "\nmodel = onnx.parser.parse_model(\"\"\"\n"
      "<ir_version: 10, opset_import: [\"\": 22]>\nported ({}) => ({}) {{\n{}}}\n\"\"\")\n",
      fmt::join(inputs, ", "), y, graph.lines());
  if (loads.empty()) return text;
  text += fmt::format("weights = {{{}}}\n", loads);
  if (!all_loaded) return text;
  return text +
         "\ndef ported(x):\n"
         "    session = onnxruntime.InferenceSession(model.SerializeToString(), "
         "providers=[\"CPUExecutionProvider\"])\n"
         "    return session.run(None, {\"X\": x, **weights})[0]\n";
}

}  // namespace tconv::frameworks
