// Running a chain: one dtype for all of it, every layer lowered and planned before the first is
// computed.
#include <fmt/format.h>

#include <cstring>

#include "batch/chain.hpp"
#include "tconv/convolve.hpp"

namespace tconv::batch {
namespace {

using frameworks::Lowering;
using frameworks::Operand;

// As io::converted() leaves a tensor: dense, whatever its order was in the file.
Operand operand_of(const io::Tensor& tensor) {
  return {.shape = tensor.shape, .strides = io::c_strides(tensor.shape), .name = tensor.name};
}

Result<void> convert(io::Tensor& tensor, DType dtype) {
  auto converted = io::converted(tensor, dtype);
  if (!converted) return converted.error();
  tensor = std::move(*converted);
  return {};
}

Result<ChainLayer> converted_layer(const ChainLayer& layer, DType dtype) {
  ChainLayer result = layer;
  for (io::Tensor& w : result.weights) {
    if (auto done = convert(w, dtype); !done) return done.error();
  }
  if (result.bias) {
    if (auto done = convert(*result.bias, dtype); !done) return done.error();
  }
  return result;
}

Result<io::Tensor> run_layer(const ChainLayer& layer, const Lowering& lowering,
                             const std::vector<Plan>& plans, io::Tensor x) {
  const DType dtype = x.dtype;
  std::vector<io::Tensor> weights = layer.weights;
  if (!lowering.weight_mask.empty()) {
    auto product = masked(weights[0], lowering.weight_mask);
    if (!product) return product.error();
    weights[0] = std::move(*product);
  }
  if (lowering.swap_operands) std::swap(x, weights[0]);
  for (std::size_t i = 0; i < lowering.stages.size(); ++i) {
    auto y = io::allocate_tensor(dtype, lowering.stage_shapes[i]);
    if (!y) return y.error();
    plans[i].run({.x = x.data.get(),
                  .w = weights[i].data.get(),
                  .bias = lowering.stages[i].has_bias ? layer.bias->data.get() : nullptr,
                  .y = y->bytes});
    x = std::move(y->tensor);
  }
  if (lowering.last_axis == LastAxisActivation::None) return x;
  auto y = io::allocate_tensor(dtype, lowering.y_shape);
  if (!y) return y.error();
  const std::int64_t length = x.shape.back();
  const auto elements = io::element_count(x.shape, dtype);
  if (!elements) return elements.error();
  const auto done =
      activate_last_axis(lowering.last_axis, {.dtype = dtype,
                                              .count = length == 0 ? 0 : *elements / length,
                                              .length = length,
                                              .from = x.data.get(),
                                              .to = y->bytes});
  if (!done) return done.error();
  return std::move(y->tensor);
}

// A model's node may take its tensors from other nodes: better known before anything else.
Result<void> check_no_elsewhere(const Chain& chain) {
  for (std::size_t i = 0; i < chain.layers.size(); ++i) {
    const ChainLayer& layer = chain.layers[i];
    Error missing{.code = ErrorCode::Usage, .where = layer.layer.name};
    if (layer.weights.empty() && !layer.weights_elsewhere.empty()) {
      missing.what = "no weights are given: " + layer.weights_elsewhere;
      missing.hint = "give them with -w";
    } else if (!layer.bias && !layer.bias_elsewhere.empty()) {
      missing.what = "no bias is given: " + layer.bias_elsewhere;
      missing.hint = "give it with -b, or leave it out with -b none";
    } else {
      continue;
    }
    return located(std::move(missing), chain, i);
  }
  return {};
}

Result<void> check_all_weights(const Chain& chain) {
  for (std::size_t i = 0; i < chain.layers.size(); ++i) {
    if (!chain.layers[i].weights.empty()) continue;
    return located({.code = ErrorCode::Usage,
                    .where = chain.layers[i].layer.name,
                    .what = "no weights are given",
                    .hint = "give them with -w, once per tensor, or in the SPEC"},
                   chain, i);
  }
  return {};
}

}  // namespace

Result<io::Tensor> masked(const io::Tensor& weights, const std::vector<double>& mask) {
  auto wide = io::converted(weights, DType::Float64);
  if (!wide) return wide.error();
  auto product = io::allocate_tensor(DType::Float64, weights.shape);
  if (!product) return product.error();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    double value = 0;
    std::memcpy(&value, wide->data.get() + i * sizeof value, sizeof value);
    value *= mask[i];
    std::memcpy(product->bytes + i * sizeof value, &value, sizeof value);
  }
  return io::converted(product->tensor, weights.dtype);
}

Result<DType> chain_dtype(const Chain& chain, const io::Tensor* x) {
  if (chain.dtype) return *chain.dtype;
  std::vector<const io::Tensor*> tensors;
  if (x != nullptr) tensors.push_back(x);
  for (const ChainLayer& layer : chain.layers) {
    for (const io::Tensor& w : layer.weights) tensors.push_back(&w);
    if (layer.bias) tensors.push_back(&*layer.bias);
  }
  const io::Tensor* first = nullptr;
  for (const io::Tensor* tensor : tensors) {
    if (tensor->untyped || !is_floating(tensor->dtype)) continue;
    if (first == nullptr) first = tensor;
    if (tensor->dtype == first->dtype) continue;
    return Error{.code = ErrorCode::DTypeMismatch,
                 .where = tensor->name,
                 .what = fmt::format("is {}, {} is {}", name(tensor->dtype), first->name,
                                     name(first->dtype)),
                 .hint = fmt::format("--dtype {} or --dtype {} converts every tensor",
                                     name(first->dtype), name(tensor->dtype))};
  }
  return first == nullptr ? DType::Float32 : first->dtype;
}

Result<std::vector<Lowering>> lower_chain(const Chain& chain, const Operand& x, DType dtype,
                                          Purpose purpose) {
  std::vector<Lowering> lowerings;
  Operand input = x;
  for (std::size_t i = 0; i < chain.layers.size(); ++i) {
    const ChainLayer& layer = chain.layers[i];
    frameworks::LoweringInput lowering_input{
        .dtype = dtype, .x = input, .describe_only = purpose == Purpose::Describe};
    for (const io::Tensor& w : layer.weights) {
      lowering_input.weights.push_back(operand_of(w));
    }
    if (layer.bias) lowering_input.bias = operand_of(*layer.bias);
    auto lowering = frameworks::lower(layer.layer, lowering_input);
    if (!lowering) return located(lowering.error(), chain, i);
    input = {.shape = lowering->y_shape, .name = fmt::format("the result of layer {}", i)};
    input.strides = io::c_strides(input.shape);
    lowerings.push_back(std::move(*lowering));
  }
  return lowerings;
}

Result<std::vector<Lowering>> describe_chain(const Chain& chain, const io::Tensor& x) {
  const auto dtype = chain_dtype(chain, &x);
  if (!dtype) return dtype.error();
  const bool complete = bool(check_all_weights(chain));
  return lower_chain(chain, operand_of(x), *dtype, complete ? Purpose::Compute : Purpose::Describe);
}

Result<ChainResult> run_chain(const Chain& chain, const io::Tensor& x,
                              const ComputeOptions& options) {
  const auto dtype = chain_dtype(chain, &x);
  if (!dtype) return dtype.error();
  if (auto here = check_no_elsewhere(chain); !here) return here.error();
  auto lowerings = lower_chain(chain, operand_of(x), *dtype, Purpose::Compute);
  if (!lowerings) return lowerings.error();
  if (auto all = check_all_weights(chain); !all) return all.error();
  const auto plans = plan_chain(chain, *lowerings, options.plan);
  if (!plans) return plans.error();
  const auto bytes = chain_bytes(chain, *lowerings, *plans);
  if (!bytes) return bytes.error();
  if (*bytes > options.max_bytes) {
    return Error{.code = ErrorCode::TooLarge,
                 .what = fmt::format("this takes {} bytes of memory, the limit is {}", *bytes,
                                     options.max_bytes),
                 .hint = "--max-memory sets the limit"};
  }
  std::vector<ChainLayer> layers;
  for (const ChainLayer& layer : chain.layers) {
    auto converted = converted_layer(layer, *dtype);
    if (!converted) return converted.error();
    layers.push_back(std::move(*converted));
  }
  auto tensor = io::converted(x, *dtype);
  if (!tensor) return tensor.error();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    tensor = run_layer(layers[i], (*lowerings)[i], (*plans)[i], std::move(*tensor));
    if (!tensor) return tensor.error();
  }
  return ChainResult{.y = std::move(*tensor), .lowerings = std::move(*lowerings)};
}

}  // namespace tconv::batch
