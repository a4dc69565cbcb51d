#include "batch/port_chain.hpp"

#include "io/gather.hpp"

namespace tconv::batch {
namespace {

frameworks::Operand operand_of(const io::Tensor& tensor) {
  return {.shape = tensor.shape, .strides = io::c_strides(tensor.shape), .name = tensor.name};
}

Result<io::Tensor> in_view(const io::Tensor& dense,
                           const frameworks::WeightConversion& conversion) {
  io::Tensor view = dense;
  view.shape = conversion.view_shape;
  view.strides = conversion.view_strides;
  view.data = std::shared_ptr<const std::byte>(
      dense.data, dense.data.get() + conversion.view_offset * size_bytes(dense.dtype));
  auto gathered = io::gathered(view);
  if (!gathered) return gathered.error();
  gathered->shape = conversion.shape;
  gathered->strides = io::c_strides(conversion.shape);
  return gathered;
}

}  // namespace

Result<std::vector<frameworks::PortedLayer>> port_chain(const Chain& chain,
                                                        const std::optional<Shape>& x,
                                                        const frameworks::Framework& target) {
  const auto dtype = chain_dtype(chain, nullptr);
  if (!dtype) return dtype.error();
  std::vector<frameworks::PortedLayer> layers;
  std::optional<std::int64_t> channels;
  for (std::size_t i = 0; i < chain.layers.size(); ++i) {
    const ChainLayer& layer = chain.layers[i];
    frameworks::PortRequest request{
        .layer = layer.layer, .dtype = *dtype, .x = x, .channels = channels};
    if (x && i > 0) request.x = layers.back().y_shape;
    for (const io::Tensor& w : layer.weights) request.weights.push_back(operand_of(w));
    if (layer.bias) request.bias = operand_of(*layer.bias);
    auto ported = frameworks::port(request, target);
    if (!ported) return located(ported.error(), chain, i);
    channels = ported->y_channels;
    layers.push_back(std::move(*ported));
  }
  return layers;
}

Result<PortedTensors> port_tensors(const ChainLayer& layer, const frameworks::PortedLayer& ported,
                                   DType dtype) {
  PortedTensors tensors;
  for (std::size_t s = 0; s < ported.stages.size(); ++s) {
    const bool given = !layer.weights.empty();
    tensors.conversions.push_back(
        frameworks::weight_conversion(ported.stages[s], given ? layer.weights[s].shape : Shape{}));
    if (!given) continue;
    auto typed = io::converted(layer.weights[s], dtype);
    if (!typed) return typed.error();
    io::Tensor weights = std::move(*typed);
    if (s == 0 && !ported.weight_mask.empty()) {
      auto product = masked(weights, ported.weight_mask);
      if (!product) return product.error();
      weights = std::move(*product);
    }
    auto converted = in_view(weights, tensors.conversions.back());
    if (!converted) return converted.error();
    tensors.weights.push_back(std::move(*converted));
  }
  if (layer.bias && !ported.stages.empty()) {
    auto bias = io::converted(*layer.bias, dtype);
    if (!bias) return bias.error();
    tensors.bias = std::move(*bias);
  }
  return tensors;
}

}  // namespace tconv::batch
