// A chain in another framework, with its tensors.
#pragma once
#include <optional>
#include <vector>

#include "batch/chain.hpp"
#include "frameworks/port.hpp"
#include "frameworks/port_weights.hpp"
#include "io/tensor.hpp"

namespace tconv::batch {

struct PortedTensors {
  std::vector<frameworks::WeightConversion> conversions{};  // one a stage
  std::vector<io::Tensor> weights{};                        // converted; empty where none are given
  std::optional<io::Tensor> bias{};                         // as it was, but for the dtype
};

// Each layer ported, an output becoming the next input. `x` is the chain's input shape, where it is
// known. Fails as frameworks::port does.
Result<std::vector<frameworks::PortedLayer>> port_chain(const Chain& chain,
                                                        const std::optional<Shape>& x,
                                                        const frameworks::Framework& target);

// In that dtype, chain_dtype's. Fails with DTypeMismatch and TooLarge.
Result<PortedTensors> port_tensors(const ChainLayer& layer, const frameworks::PortedLayer& ported,
                                   DType dtype);

// How far the two sides are apart on random values: x, and weights and biases where none are given.
struct Verification {
  bool equal = true;
  double largest_difference = 0;
  Shape x{};
};

// Runs the source and what it was ported to, steps and all, through the engine.
Result<Verification> verify_port(const ChainLayer& layer, const frameworks::PortedLayer& ported,
                                 const PortedTensors& tensors, DType dtype);

}  // namespace tconv::batch
