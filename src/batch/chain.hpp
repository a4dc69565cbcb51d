// A chain of layers with its weights read once, to be run on one input after another.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "frameworks/lowering.hpp"
#include "io/tensor.hpp"
#include "tconv/layer.hpp"
#include "tconv/plan.hpp"
#include "tconv/result.hpp"

namespace tconv::batch {

// A chain as the user says it.
struct ChainRequest {
  std::string spec{};
  std::string framework{};             // where the SPEC leaves it open
  std::vector<Argument> flags{};       // for a chain of one: they win over the SPEC
  std::vector<std::string> weights{};  // tensor arguments for the layers that have none in the
                                       // SPEC, in order; for a chain of one they win over it
  std::vector<std::string> biases{};   // likewise; "none" gives a layer no bias
  std::optional<DType> dtype{};        // to compute in; else that of the tensors
};

struct ChainLayer {
  Layer layer{};
  std::vector<io::Tensor> weights{};  // empty where none were given
  std::optional<io::Tensor> bias{};
  // Why there is none although the layer takes one (spec::Entry); empty where that was overridden.
  std::string weights_elsewhere{}, bias_elsewhere{};
};

struct Chain {
  std::vector<ChainLayer> layers{};
  std::optional<DType> dtype{};
};

// Reads the SPEC and every tensor it needs. Fails as parse_spec and read_tensor do, and with Usage
// where the tensors given are too many or too few.
Result<Chain> read_chain(const ChainRequest& request);

// The dtype to compute in for an x: the one asked for, or the floating dtype that all typed tensors
// share, or float32. Fails with DTypeMismatch where they differ.
Result<DType> chain_dtype(const Chain& chain, const io::Tensor* x);

enum class Purpose { Compute, Describe };

// Each layer lowered for an x of that shape, an output becoming the next input. Weights that are
// not there are told from the layer's arguments, which is enough to describe it.
Result<std::vector<frameworks::Lowering>> lower_chain(const Chain& chain,
                                                      const frameworks::Operand& x, DType dtype,
                                                      Purpose purpose);

// The same for x, of which only shape and dtype are looked at, for describing it; with all weights
// given, it is what run_chain computes.
Result<std::vector<frameworks::Lowering>> describe_chain(const Chain& chain, const io::Tensor& x);

// The lowerings to compute. Fails, beside that, with Usage where weights are missing.
Result<std::vector<frameworks::Lowering>> computable_lowerings(const Chain& chain,
                                                               const io::Tensor& x, DType dtype);

// A plan for each stage of each layer. Fails as Plan::make does.
using ChainPlans = std::vector<std::vector<Plan>>;
Result<ChainPlans> plan_chain(const Chain& chain,
                              const std::vector<frameworks::Lowering>& lowerings,
                              const PlanOptions& options);

// Whether packed weights and the memory between stages are kept for a further run.
enum class Reuse { Once, Many };

// Bytes of one stage: its tensors, and what its plan needs beside them.
struct StageBytes {
  std::int64_t x = 0, y = 0, weights = 0, packed = 0, workspace = 0;
};

// Of all stages, in order; y and x between two are counted in both. Weights count where they are
// given. Fails with TooLarge where a number does not fit in 63 bits.
Result<std::vector<StageBytes>> stage_bytes(const Chain& chain,
                                            const std::vector<frameworks::Lowering>& lowerings,
                                            const ChainPlans& plans);

// Bytes that running takes at once at the most: the weights of all layers, and of one stage all the
// rest; what is kept for further runs counts for all stages together. Fails likewise.
Result<std::int64_t> chain_bytes(const std::vector<StageBytes>& stages, Reuse reuse = Reuse::Once);

// In a chain of several, an error says which layer it is about.
Error located(Error error, const Chain& chain, std::size_t layer);

// Whether y is wanted in memory, or goes to a file and may be written in bands as it is computed.
enum class Output { Held, Streamed };

// How a chain may be computed.
struct ComputeOptions {
  PlanOptions plan{};
  Output output = Output::Held;
  Reuse reuse = Reuse::Once;
  std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
};

struct ChainResult {
  io::Tensor y{};
  std::vector<frameworks::Lowering> lowerings{};
};

// The weights, each multiplied by its own factor and rounded once.
Result<io::Tensor> masked(const io::Tensor& weights, const std::vector<double>& mask);

// Runs the chain on x. Fails with TooLarge, before any work, where it would take more than
// options.max_bytes.
Result<ChainResult> run_chain(const Chain& chain, const io::Tensor& x,
                              const ComputeOptions& options = {});

}  // namespace tconv::batch
