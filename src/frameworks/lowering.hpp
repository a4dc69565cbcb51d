// What a framework's layer comes to: canonical problems and the shapes between them.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tconv/layer.hpp"
#include "tconv/problem.hpp"
#include "tconv/result.hpp"

namespace tconv::frameworks {

// A tensor as far as lowering needs it; strides in elements.
struct Operand {
  Shape shape{};
  Shape strides{};
  std::string name{};  // "w.npy", for messages
};

struct LoweringInput {
  DType dtype = DType::Float32;
  Operand x{};
  std::vector<Operand> weights{};  // empty: their shapes come from the layer's own arguments
  std::optional<Operand> bias{};
  bool describe_only = false;  // nothing will be computed: the bias a layer has by its own rules
                               // counts although none is given
};

// Which axes of an activation tensor play which part. Spatial ones are outermost first, as the
// framework counts them.
struct ActivationAxes {
  std::vector<std::size_t> batch{};  // several count as one: the tensor is then dense over them
  std::optional<std::size_t> channel{};
  std::vector<std::size_t> spatial{};
};

// Problems to run one after the other, the y of one being the x of the next, each y dense in the
// framework's axis order. Only the last has the bias and the activation.
struct Lowering {
  std::string layer{};  // "nn.Conv2d(1, 1, 3) (pytorch)": where errors are said to be
  std::string_view framework{};
  std::vector<Problem> stages{};
  std::vector<Shape> stage_shapes{};  // of each stage's y
  std::vector<double> weight_mask{};  // to multiply the first stage's weights by; mostly empty
  bool groups_along_batch = false;    // the groups of each stage are parts of x's batch
  bool swap_operands = false;         // the first stage's x is the weights, and its weights are x
  LastAxisActivation last_axis = LastAxisActivation::None;
  Shape y_shape{};  // after last_axis
  ActivationAxes x_axes{}, y_axes{};
  std::string x_layout{};                // "(N, C, H, W)"
  std::vector<std::string> w_layouts{};  // of each stage: "(out, in/groups, kH, kW)"
  std::vector<std::string> notes{};      // what a user should know and may not expect
};

struct Form;
struct Signature;

struct Framework {
  std::string_view name;
  bool (*knows)(const Layer& layer);  // is the name (and module, if any) one of its layers?
  std::vector<std::string_view> (*layer_names)();
  Result<Lowering> (*lower)(const Layer& layer, const LoweringInput& input);
  // Weight tensors the layer takes: 2 for a separable one.
  int (*weight_count)(const Layer& layer);
  Signature (*signature)(const Layer& layer);
  std::span<const Form> (*forms)();  // the ways it has of writing a layer
};

// A layer's name that is no framework's own, `conv2d` or `conv_transpose3d`, which each would
// understand by its own rules.
struct NeutralName {
  bool transposed = false;
  int rank = 2;
};
std::optional<NeutralName> neutral_name(std::string_view name);

std::span<const Framework* const> all_frameworks();

// By name or a word users say for it (`tf`, `torch`). Fails with Spec.
Result<const Framework*> framework_named(std::string_view word);

struct ResolvedLayer {
  const Framework* framework = nullptr;
  Layer layer{};
};

// Finds the framework that a layer belongs to, by its own word, by its module, or by its name.
// Fails with Spec where no framework or more than one fits.
Result<ResolvedLayer> resolve(const Layer& layer);

// The layer's arguments under tconv's neutral names, as flags would say them; those that have no
// neutral name are left out. Fails with Spec where they do not fit the layer.
Result<std::vector<Argument>> neutral_arguments(const ResolvedLayer& resolved);

// Turns a layer into problems. Fails with Spec where the framework refuses the layer itself, and
// with ShapeMismatch where it refuses these tensors.
Result<Lowering> lower(const Layer& layer, const LoweringInput& input);

}  // namespace tconv::frameworks
