// Reading a chain: the SPEC, then the tensors of each of its layers.
#include <fmt/format.h>

#include <span>

#include "batch/chain.hpp"
#include "io/read.hpp"
#include "spec/spec.hpp"

namespace tconv::batch {
namespace {

constexpr std::string_view kNone = "none";

Error usage(std::string what, std::string hint = {}) {
  return Error{.code = ErrorCode::Usage, .what = std::move(what), .hint = std::move(hint)};
}

// Takes tensor arguments off the front of what the command line gave.
class Supply {
 public:
  Supply(std::string_view flag, std::span<const std::string> given) : flag_(flag), given_(given) {}

  std::size_t left() const { return given_.size(); }
  std::vector<std::string> take(std::size_t count) {
    const std::vector<std::string> taken(given_.begin(), given_.begin() + std::ptrdiff_t(count));
    given_ = given_.subspan(count);
    return taken;
  }
  Result<void> check_used_up() const {
    if (given_.empty()) return {};
    return usage(fmt::format("{} {} is more than the layers of the SPEC take", flag_, given_[0]));
  }

 private:
  std::string_view flag_;
  std::span<const std::string> given_;
};

Result<Layer> prepared_layer(const Layer& layer, const ChainRequest& request) {
  Layer prepared = layer;
  if (prepared.framework.empty()) prepared.framework = request.framework;
  if (!request.framework.empty()) {
    const auto wanted = frameworks::framework_named(request.framework);
    const auto said = frameworks::framework_named(prepared.framework);
    if (!wanted) return wanted.error();
    if (said && *said != *wanted)
      return usage(fmt::format("--framework {} contradicts the SPEC, which says {}",
                               request.framework, prepared.framework));
  }
  prepared.flags = request.flags;
  return prepared;
}

Result<std::vector<io::Tensor>> read_weights(const std::vector<std::string>& arguments,
                                             const io::ReadOptions& options) {
  std::vector<io::Tensor> tensors;
  for (const std::string& argument : arguments) {
    auto tensor = io::read_tensor(argument, options);
    if (!tensor) return tensor.error();
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

}  // namespace

Result<Chain> read_chain(const ChainRequest& request) {
  const auto spec = spec::parse_spec(request.spec);
  if (!spec) return spec.error();
  const bool single = spec->layers.size() == 1;
  if (!single && !request.flags.empty()) {
    return usage(fmt::format("--{} needs a SPEC of one layer, this one has {}",
                             request.flags[0].name, spec->layers.size()),
                 "write the value into the SPEC");
  }
  const io::ReadOptions options{.void2_is_bfloat16 = request.dtype == DType::BFloat16};
  Supply weights("-w", request.weights), biases("-b", request.biases);
  Chain chain{.dtype = request.dtype};
  for (const spec::Entry& entry : spec->layers) {
    auto layer = prepared_layer(entry.layer, request);
    if (!layer) return layer.error();
    const auto resolved = frameworks::resolve(*layer);
    if (!resolved) {
      Error error = resolved.error();
      if (!single) error.where = fmt::format("layer {}", chain.layers.size());
      return error;
    }

    std::vector<std::string> arguments = entry.weights;
    const auto needed = std::size_t(resolved->framework->weight_count(resolved->layer));
    if (weights.left() > 0 && (single || arguments.empty())) {
      if (weights.left() < needed) {
        return usage(fmt::format("{} takes {} weight tensors, -w gave {}", layer->name, needed,
                                 weights.left()));
      }
      arguments = weights.take(needed);
    }
    auto tensors = read_weights(arguments, options);
    if (!tensors) return tensors.error();

    std::string bias = entry.bias;
    if (biases.left() > 0 && (single || bias.empty())) bias = biases.take(1)[0];
    ChainLayer read{.layer = resolved->layer,
                    .weights = std::move(*tensors),
                    .weights_elsewhere = entry.weights_elsewhere,
                    .bias_elsewhere = bias.empty() ? entry.bias_elsewhere : std::string()};
    if (!bias.empty() && bias != kNone) {
      auto tensor = io::read_tensor(bias, options);
      if (!tensor) return tensor.error();
      read.bias = std::move(*tensor);
    }
    chain.layers.push_back(std::move(read));
  }
  if (auto used = weights.check_used_up(); !used) return used.error();
  if (auto used = biases.check_used_up(); !used) return used.error();
  return chain;
}

}  // namespace tconv::batch
