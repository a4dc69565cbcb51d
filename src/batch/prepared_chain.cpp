#include "batch/prepared_chain.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cstring>
#include <utility>

#include "tconv/convolve.hpp"

namespace tconv::batch {
namespace {

using frameworks::Lowering;

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

// The weights, each multiplied by its own factor and rounded once.
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

Result<void> check_fits(std::int64_t bytes, std::int64_t max_bytes) {
  if (bytes <= max_bytes) return {};
  return Error{
      .code = ErrorCode::TooLarge,
      .what = fmt::format("this takes {} bytes of memory, the limit is {}", bytes, max_bytes),
      .hint = "--max-memory sets the limit"};
}

}  // namespace

Result<PreparedChain> PreparedChain::make(const Chain& chain, const io::Tensor& x,
                                          const ComputeOptions& options) {
  const auto dtype = chain_dtype(chain, &x);
  if (!dtype) return dtype.error();
  auto lowerings = computable_lowerings(chain, x, *dtype);
  if (!lowerings) return lowerings.error();
  auto plans = plan_chain(chain, *lowerings, options.plan);
  if (!plans) return plans.error();
  const auto bytes = chain_bytes(chain, *lowerings, *plans, options.reuse);
  if (!bytes) return bytes.error();
  if (auto fits = check_fits(*bytes, options.max_bytes); !fits) return fits.error();

  PreparedChain prepared;
  prepared.dtype_ = *dtype;
  prepared.reuse_ = options.reuse;
  prepared.x_dtype_ = x.dtype;
  prepared.x_untyped_ = x.untyped;
  prepared.x_shape_ = x.shape;
  prepared.bytes_ = *bytes;
  prepared.lowerings_ = std::move(*lowerings);
  for (std::size_t l = 0; l < chain.layers.size(); ++l) {
    auto layer = converted_layer(chain.layers[l], *dtype);
    if (!layer) return layer.error();
    const Lowering& lowering = prepared.lowerings_[l];
    if (!lowering.weight_mask.empty()) {
      auto product = masked(layer->weights[0], lowering.weight_mask);
      if (!product) return product.error();
      layer->weights[0] = std::move(*product);
    }
    prepared.add_layer(*layer, lowering, std::move((*plans)[l]));
  }
  return prepared;
}

void PreparedChain::add_layer(const ChainLayer& layer, const Lowering& lowering,
                              std::vector<Plan> plans) {
  for (std::size_t s = 0; s < plans.size(); ++s) {
    Step step{.plan = std::move(plans[s]),
              .weights = layer.weights[s],
              .swapped = s == 0 && lowering.swap_operands,
              .shape = lowering.stage_shapes[s],
              .activated_shape = lowering.stage_shapes[s]};
    if (lowering.stages[s].has_bias) step.bias = *layer.bias;
    if (s + 1 == plans.size()) {
      step.last_axis = lowering.last_axis;
      step.activated_shape = lowering.y_shape;
    }
    if (reuse_ == Reuse::Many && !step.swapped) {
      step.packed = step.plan.pack(step.weights.data.get());
      step.is_packed = true;
    }
    steps_.push_back(std::move(step));
  }
}

bool PreparedChain::fits(const io::Tensor& x) const {
  return x.dtype == x_dtype_ && x.untyped == x_untyped_ && x.shape == x_shape_;
}

Result<void> PreparedChain::run(const io::Tensor& x, std::byte* y, Buffers& buffers) const {
  assert(fits(x));
  const auto input = input_of(x, buffers);
  if (!input) return input.error();
  const std::byte* from = *input;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const bool last = i + 1 == steps_.size();
    Room& room = buffers.results_[i % 2];
    std::byte* to = y;
    if (!last || step.activated_shape != step.shape) {
      const auto made = room.make(dtype_, step.shape);
      if (!made) return made.error();
      to = *made;
    }
    compute(step, from, to, buffers);
    std::byte* const activated = last ? y : to;
    if (auto done = activate(step, to, activated); !done) return done.error();
    from = activated;
    if (reuse_ == Reuse::Many) continue;
    buffers.x_.release();
    buffers.results_[(i + 1) % 2].release();
    if (last) room.release();
  }
  return {};
}

Result<const std::byte*> PreparedChain::input_of(const io::Tensor& x, Buffers& buffers) const {
  if (io::is_converted(x, dtype_)) return static_cast<const std::byte*>(x.data.get());
  auto room = buffers.x_.make(dtype_, x.shape);
  if (!room) {
    room.error().where = x.name;
    return room.error();
  }
  if (auto done = io::convert_into(x, dtype_, *room); !done) return done.error();
  return static_cast<const std::byte*>(*room);
}

void PreparedChain::compute(const Step& step, const std::byte* from, std::byte* to,
                            Buffers& buffers) const {
  Operands operands{.x = from, .w = step.weights.data.get(), .bias = step.bias.data.get(), .y = to};
  const PackedWeights* packed = step.is_packed ? &step.packed : nullptr;
  if (step.swapped) {
    std::swap(operands.x, operands.w);
    if (reuse_ == Reuse::Many) {
      step.plan.pack(operands.w, buffers.packed_);
      packed = &buffers.packed_;
    }
  }
  step.plan.run(operands, packed);
}

Result<void> PreparedChain::activate(const Step& step, const std::byte* from, std::byte* to) const {
  if (step.last_axis == LastAxisActivation::None) return {};
  const std::int64_t length = step.shape.back();
  const auto elements = io::element_count(step.shape, dtype_);
  if (!elements) return elements.error();
  return activate_last_axis(step.last_axis, {.dtype = dtype_,
                                             .count = length == 0 ? 0 : *elements / length,
                                             .length = length,
                                             .from = from,
                                             .to = to});
}

Result<std::byte*> PreparedChain::Room::make(DType dtype, const Shape& shape) {
  const auto count = io::element_count(shape, dtype);
  if (!count) return count.error();
  const std::int64_t bytes = *count * size_bytes(dtype);
  if (bytes > bytes_) {
    release();
    auto made = io::allocate_tensor(dtype, shape);
    if (!made) return made.error();
    memory_ = std::move(*made);
    bytes_ = bytes;
  }
  return memory_.bytes;
}

}  // namespace tconv::batch
