// The same layer in another framework: its own layer, and the steps it needs around it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "frameworks/lowering.hpp"
#include "frameworks/normal_form.hpp"

namespace tconv::frameworks {

enum class Verdict {
  Exact,       // the layer alone
  ExactWith,   // the layer, with steps that are written out around it
  Impossible,  // no layer of the framework, with or without such steps
};
std::string_view name(Verdict verdict);  // "exact", "exact with", "impossible"

// How x is parted over `branches` layers of one group each, whose results are joined along the
// channels.
enum class Split { None, Channels, Batch };

// One of the target's layers. A Keras SeparableConv becomes two of them.
struct PortedStage {
  Layer layer{};    // of one branch
  Shape weights{};  // that it takes
  Split split = Split::None;
  std::int64_t branches = 1;
  bool reversed = false;  // taps that run on around x are met in reverse
  Steps steps{};
  bool pads_by_index = false;  // further than the target's pad function goes
  bool bias = false;
  bool adds_bias = false;                      // the layer takes none: it is added behind it
  Activation activation = Activation::Linear;  // behind it, as the rest
  LastAxisActivation last_axis = LastAxisActivation::None;
  std::size_t activated_axis = 0;  // of the target's y, by last_axis
  Problem from{}, to{};            // lowered for the first input length
  std::size_t rank() const { return static_cast<std::size_t>(from.rank); }
};

struct PortedLayer {
  Verdict verdict = Verdict::Exact;
  std::string rule{};                // that makes it impossible
  std::string from{};                // the source layer, for people
  Layer source{};                    // the same, of an x with one batch axis
  std::vector<std::string> with{};   // of ExactWith: "slices y", "pads x"
  std::vector<std::string> notes{};  // what a porter would get wrong
  std::vector<PortedStage> stages{};
  std::vector<double> weight_mask{};  // as in Lowering
  bool any_size = true;               // holds for every input length, not for the asked one only
  std::vector<std::int64_t> least_lengths{};  // but by spatial axis of x; empty: from 1 on
  // The target's own tensors: x.transpose(x_order) is what it takes, and its y.transpose(y_order)
  // is the y of the source.
  std::vector<std::size_t> x_order{}, y_order{};
  ActivationAxes axes{};       // the target's
  std::string x_layout{};      // likewise: "(N, C, H, W)"
  Shape x_shape{}, y_shape{};  // the source's, of the first input length
  std::int64_t y_channels = 1;
};

struct PortRequest {
  Layer layer{};
  std::vector<Operand> weights{};
  std::optional<Operand> bias{};
  DType dtype = DType::Float32;
  std::optional<Shape> x{};                // the input's shape, where it is known
  std::optional<std::int64_t> channels{};  // else its channels, where they are known
};

// Fails where the source framework refuses the layer or its tensors; with Usage where the layer is
// one of the target's already, where its answer depends on an input length that was not given, or
// where its channels are not known.
Result<PortedLayer> port(const PortRequest& request, const Framework& target);

}  // namespace tconv::frameworks
