// tconv shape: what a layer gives and costs, without data.
#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/explain_plan.hpp"
#include "cli/layer_options.hpp"
#include "cli/plan_options.hpp"
#include "cli/standard_input.hpp"
#include "io/read.hpp"

namespace tconv::cli {
namespace {

struct ShapeOptions {
  LayerOptions layer{};
  PlanFlags plan{};
  std::string input{}, input_shape{};
  bool explain_plan = false;
};

// The input as lowering needs it, from --input-shape or from the header of -x.
Result<frameworks::Operand> input_operand(const ShapeOptions& options,
                                          std::optional<io::Tensor>& x) {
  if (options.input_shape.empty() == options.input.empty()) {
    return Error{.code = ErrorCode::Usage,
                 .what = "give the input's shape, either as --input-shape or as -x",
                 .hint = "tconv shape SPEC --input-shape 1,3,224,224"};
  }
  if (!options.input.empty()) {
    auto tensor = io::read_tensor(options.input, {.void2_is_bfloat16 = true});
    if (!tensor) return tensor.error();
    x = std::move(*tensor);
    return frameworks::Operand{.shape = x->shape, .strides = x->strides, .name = x->name};
  }
  const auto shape = parse_shape("--input-shape", options.input_shape);
  if (!shape) return shape.error();
  if (const auto count = io::element_count(*shape, DType::Float64); !count) return count.error();
  return frameworks::Operand{
      .shape = *shape, .strides = io::c_strides(*shape), .name = "--input-shape"};
}

int shape(const ShapeOptions& options) {
  const Voice voice = options.layer.voice();
  const auto request = chain_request(options.layer);
  if (!request) return report(request.error(), voice);
  const auto settings = plan_options(options.plan);
  if (!settings) return report(settings.error(), voice);
  std::vector<std::string> readers = {options.layer.spec, options.input};
  readers.insert(readers.end(), options.layer.weights.begin(), options.layer.weights.end());
  readers.insert(readers.end(), options.layer.biases.begin(), options.layer.biases.end());
  if (auto ok = check_standard_input(readers); !ok) return report(ok.error(), voice);
  std::optional<io::Tensor> x;
  const auto operand = input_operand(options, x);
  if (!operand) return report(operand.error(), voice);
  const auto chain = batch::read_chain(*request);
  if (!chain) return report(chain.error(), voice);
  const auto dtype = batch::chain_dtype(*chain, x ? &*x : nullptr);
  if (!dtype) return report(dtype.error(), voice);
  const auto lowerings = batch::lower_chain(*chain, *operand, *dtype, batch::Purpose::Describe);
  if (!lowerings) return report(lowerings.error(), voice);

  batch::ChainPlans plans;
  if (options.explain_plan) {
    auto made = batch::plan_chain(*chain, *lowerings, *settings);
    if (!made) return report(made.error(), voice);
    plans = std::move(*made);
  }

  const Shape& y = lowerings->back().y_shape;
  if (voice.json) {
    return print(fmt::format(R"({{"schema": 1, "command": "shape", "input_shape": [{}], )"
                             R"("output_shape": [{}], "dtype": "{}", "layers": {}{}}})"
                             "\n",
                             fmt::join(operand->shape, ", "), fmt::join(y, ", "), name(*dtype),
                             describe_json(*lowerings),
                             plans.empty() ? "" : ", \"plan\": " + plan_json(*lowerings, plans)),
                 voice);
  }
  if (voice.quiet) return print(io::shape_text(y) + '\n', voice);
  return print(fmt::format("shape: {}\n{}{}", io::shape_text(y), describe_text(*lowerings),
                           plans.empty() ? "" : plan_text(*lowerings, plans)),
               voice);
}

constexpr const char* kShapeExamples = R"(Examples:
  tconv shape 'nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)' --input-shape 1,64,8,8
  tconv shape 'Conv2DTranspose(8, 3, strides=2, padding="same")' --input-shape 1,16,16,3 --json
  tconv shape ConvTranspose2d --stride 2 -w w.npy --input-shape 1,64,8,8
)";

}  // namespace

Command add_shape(CLI::App& app) {
  auto options = std::make_shared<ShapeOptions>();
  CLI::App& command = *app.add_subcommand("shape", "output shape, lowering, MACs, bytes; no data");
  command.footer(kShapeExamples);
  command.add_option("--input-shape", options->input_shape, "shape of the input, batch included")
      ->type_name("N,N,...")
      ->group("Tensors");
  command.add_option("-x,--input", options->input, "take the shape from a tensor")
      ->type_name("TENSOR")
      ->group("Tensors");
  add_layer_options(command, options->layer);
  command
      .add_flag("--explain-plan", options->explain_plan,
                "print also which algorithm tconv run would use, and why")
      ->group("How to compute");
  add_plan_options(command, options->plan);
  return [options] { return shape(*options); };
}

}  // namespace tconv::cli
