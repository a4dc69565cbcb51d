// Lowering a chain: one dtype for all of it, every layer lowered before the first is planned.
#include <fmt/format.h>

#include "batch/chain.hpp"

namespace tconv::batch {
namespace {

using frameworks::Lowering;
using frameworks::Operand;

// As io::converted() leaves a tensor: dense, whatever its order was in the file.
Operand operand_of(const io::Tensor& tensor) {
  return {.shape = tensor.shape, .strides = io::c_strides(tensor.shape), .name = tensor.name};
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

Result<std::vector<Lowering>> computable_lowerings(const Chain& chain, const io::Tensor& x,
                                                   DType dtype) {
  if (auto here = check_no_elsewhere(chain); !here) return here.error();
  auto lowerings = lower_chain(chain, operand_of(x), dtype, Purpose::Compute);
  if (!lowerings) return lowerings.error();
  if (auto all = check_all_weights(chain); !all) return all.error();
  return lowerings;
}

}  // namespace tconv::batch
