// Replays the stored cases of tests/conformance/cases: what the real frameworks computed, or
// refused, against the whole way of a tensor (SPEC text, tensor values, lowering, engine).
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "batch/chain.hpp"
#include "io/read.hpp"
#include "spec/spec.hpp"
#include "tconv/convolve.hpp"

namespace tconv {
namespace {

using nlohmann::json;

std::string tensor_argument(const json& tensor, const std::string& dtype) {
  json object = tensor;
  object["dtype"] = dtype;
  return object.dump();
}

// The values of a dense tensor of any floating dtype.
std::vector<double> values_of(const io::Tensor& tensor) {
  const auto wide = io::converted(tensor, DType::Float64);
  REQUIRE(wide);
  const auto count = io::element_count(wide->shape, DType::Float64);
  REQUIRE(count);
  std::vector<double> values(static_cast<std::size_t>(*count));
  if (!values.empty()) std::memcpy(values.data(), wide->data.get(), values.size() * sizeof(double));
  return values;
}

double expected_value(const json& value) {
  if (value.is_number()) return value.get<double>();
  const auto text = value.get<std::string>();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

io::Tensor absolute(const io::Tensor& tensor) {
  std::vector<double> values = values_of(tensor);
  auto result = io::allocate_tensor(DType::Float64, tensor.shape);
  REQUIRE(result);
  for (double& value : values) value = std::abs(value);
  if (!values.empty()) std::memcpy(result->bytes, values.data(), values.size() * sizeof(double));
  return std::move(result->tensor);
}

// For each output before the activation: sum |x||w| + |b|, which bounds how far two orders of
// summation can differ; and how many terms there are at the most.
struct Magnitude {
  std::vector<double> sums{};
  double terms = 0;
};

Magnitude magnitude_of(const batch::Chain& chain, const io::Tensor& x) {
  batch::Chain positive{.dtype = DType::Float64};
  batch::ChainLayer layer = chain.layers[0];
  for (io::Tensor& w : layer.weights) w = absolute(w);
  if (layer.bias) layer.bias = absolute(*layer.bias);
  const io::Tensor positive_x = absolute(x);
  positive.layers.push_back(layer);
  auto lowerings =
      batch::lower_chain(positive, {.shape = positive_x.shape, .strides = positive_x.strides},
                         DType::Float64, batch::Purpose::Compute);
  REQUIRE(lowerings);
  Magnitude magnitude;
  io::Tensor tensor = positive_x;
  for (std::size_t i = 0; i < (*lowerings)[0].stages.size(); ++i) {
    Problem problem = (*lowerings)[0].stages[i];
    problem.activation = Activation::Linear;
    problem.pad_value = std::abs(problem.pad_value);
    double terms = static_cast<double>(problem.in_channels / problem.groups) + 1;
    for (const Axis& axis : problem.axes) terms *= static_cast<double>(axis.kernel);
    magnitude.terms += terms;
    auto y = io::allocate_tensor(DType::Float64, (*lowerings)[0].stage_shapes[i]);
    REQUIRE(y);
    const bool swap = (*lowerings)[0].swap_operands;
    REQUIRE(convolve(problem, {.x = swap ? layer.weights[i].data.get() : tensor.data.get(),
                               .w = swap ? tensor.data.get() : layer.weights[i].data.get(),
                               .bias = problem.has_bias ? layer.bias->data.get() : nullptr,
                               .y = y->bytes}));
    tensor = y->tensor;
  }
  magnitude.sums = values_of(tensor);
  return magnitude;
}

double unit_roundoff(DType dtype) {
  switch (dtype) {
    case DType::Float16: return 0x1p-11;
    case DType::BFloat16: return 0x1p-8;
    case DType::Float32: return 0x1p-24;
    default: return 0x1p-53;
  }
}

// How far a correct result may be from the framework's: both sums are within K roundings of the
// true one (engine.md 6), an activation stretches a difference by at most kSteepest (selu: 1.76),
// exponential by its own value, and itself costs some roundings of its result.
double allowance(const Magnitude& m, std::size_t i, double expected, DType dtype,
                 bool is_exponential, bool whole_row) {
  constexpr double kSteepest = 2, kActivationRoundings = 16;
  const double accumulation = unit_roundoff(accumulation_dtype(dtype));
  double sum = 0;
  if (whole_row) {  // every element of the row takes part: take the largest
    for (const double s : m.sums) sum = std::max(sum, s);
  } else {
    sum = m.sums[i];
  }
  const double stretch = is_exponential ? std::max(1.0, std::abs(expected)) : kSteepest;
  const double stored = is_floating(dtype) && unit_roundoff(dtype) > accumulation
                            ? 2 * unit_roundoff(dtype) * std::abs(expected) + 0x1p-24
                            : 0;
  return stretch * 2 * (m.terms + 1) * accumulation * sum +
         kActivationRoundings * accumulation * std::max(1.0, std::abs(expected)) + stored;
}

// Returns what is wrong with a case; empty where nothing is.
std::string verdict_on(const json& c) {
  const std::string dtype_name = c.at("dtype");
  const DType dtype = *dtype_from_name(dtype_name);
  batch::ChainRequest request{.spec = c.at("spec")};
  if (c.contains("output_size")) {
    std::string text;
    for (const auto& size : c["output_size"]) {
      if (!text.empty()) text += ',';
      text += size.dump();
    }
    const auto value = spec::parse_flag_value("--output-size", text);
    REQUIRE(value);
    request.flags.push_back({.name = "output_size", .value = *value});
  }
  for (const json& w : c.at("w")) request.weights.push_back(tensor_argument(w, dtype_name));
  if (!c.at("b").is_null()) request.biases.push_back(tensor_argument(c["b"], dtype_name));

  const auto refused = [&](const Error& error) {
    if (c.contains("refused")) return std::string();
    return fmt::format("refused: {}: {}", error.where, error.what);
  };
  const auto chain = batch::read_chain(request);
  if (!chain) return refused(chain.error());
  const auto x = io::read_tensor(tensor_argument(c.at("x"), dtype_name));
  if (!x) return refused(x.error());
  const auto result = batch::run_chain(*chain, *x);
  if (!result) return refused(result.error());
  if (c.contains("refused")) return "computed, but the framework refuses: " + c["refused"].dump();

  const Shape shape = c.at("y").at("shape").get<Shape>();
  if (result->y.shape != shape) {
    return fmt::format("shape {} instead of {}", io::shape_text(result->y.shape),
                       io::shape_text(shape));
  }
  if (result->y.dtype != dtype) return "another dtype";
  const std::vector<double> actual = values_of(result->y);
  const auto& lowering = result->lowerings[0];
  const bool exact = c.value("exact", false);
  const bool whole_row = lowering.last_axis != LastAxisActivation::None;
  const bool exponential = lowering.stages.back().activation == Activation::Exponential;
  const Magnitude magnitude = exact ? Magnitude{} : magnitude_of(*chain, *x);
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double expected = expected_value(c["y"]["data"][i]);
    if (actual[i] == expected || (std::isnan(actual[i]) && std::isnan(expected))) continue;
    const double allowed =
        exact ? 0 : allowance(magnitude, i, expected, dtype, exponential, whole_row);
    if (!(std::abs(actual[i] - expected) <= allowed)) {
      return fmt::format("element {} is {} instead of {} (allowed {})", i, actual[i], expected,
                         allowed);
    }
  }
  return {};
}

void replay(const std::string& framework, int least) {
  std::ifstream file(
      fmt::format("{}/tests/conformance/cases/{}.jsonl", TCONV_SOURCE_DIR, framework));
  REQUIRE(file);
  int cases = 0;
  std::string line;
  while (std::getline(file, line)) {
    const json c = json::parse(line);
    const std::string wrong = verdict_on(c);
    ++cases;
    CHECK_MESSAGE(wrong.empty(), c.at("id").get<std::string>(), " ", c.at("spec").dump(), ": ",
                  wrong);
  }
  CHECK(cases >= least);  // a case file cut short must not pass
}

TEST_CASE("conformance: every stored PyTorch case") { replay("pytorch", 600); }
TEST_CASE("conformance: every stored ONNX case") { replay("onnx", 800); }
TEST_CASE("conformance: every stored JAX case") { replay("jax", 800); }
TEST_CASE("conformance: every stored flax case") { replay("flax", 800); }
TEST_CASE("conformance: every stored SciPy case") { replay("scipy", 800); }
TEST_CASE("conformance: every stored Keras case") { replay("keras", 600); }

}  // namespace
}  // namespace tconv
