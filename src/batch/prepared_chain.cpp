#include "batch/prepared_chain.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cstring>
#include <utility>

#include "support/stopwatch.hpp"
#include "tconv/convolve.hpp"

namespace tconv::batch {
namespace {

using frameworks::Lowering;

// Up to so many bytes of y cost less to hold than to write in bands.
constexpr std::int64_t kHeldBytes = 4 << 20;
// Packed weights of more bytes than a core's cache are better packed a block at a time, if they are
// used once: fresh memory costs more than packing does.
constexpr std::int64_t kPackedBytes = 1 << 20;

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

Result<void> check_fits(std::int64_t bytes, std::int64_t max_bytes) {
  if (bytes <= max_bytes) return {};
  return Error{
      .code = ErrorCode::TooLarge,
      .what = fmt::format("this takes {} bytes of memory, the limit is {}", bytes, max_bytes),
      .hint = "--max-memory sets the limit"};
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

Result<PreparedChain> PreparedChain::make(const Chain& chain, const io::Tensor& x,
                                          const ComputeOptions& options) {
  const auto dtype = chain_dtype(chain, &x);
  if (!dtype) return dtype.error();
  auto lowerings = computable_lowerings(chain, x, *dtype);
  if (!lowerings) return lowerings.error();
  PreparedChain prepared;
  prepared.dtype_ = *dtype;
  prepared.reuse_ = options.reuse;
  prepared.x_dtype_ = x.dtype;
  prepared.x_untyped_ = x.untyped;
  prepared.x_shape_ = x.shape;
  prepared.lowerings_ = std::move(*lowerings);
  if (auto planned = prepared.plan_steps(chain, options); !planned) return planned.error();

  std::size_t first_step = 0;
  for (std::size_t l = 0; l < chain.layers.size(); ++l) {
    auto layer = converted_layer(chain.layers[l], *dtype);
    if (!layer) return layer.error();
    const Lowering& lowering = prepared.lowerings_[l];
    if (!lowering.weight_mask.empty()) {
      auto product = masked(layer->weights[0], lowering.weight_mask);
      if (!product) return product.error();
      layer->weights[0] = std::move(*product);
    }
    prepared.give_operands(*layer, l, first_step);
    first_step += lowering.stages.size();
  }
  return prepared;
}

Result<void> PreparedChain::plan_steps(const Chain& chain, const ComputeOptions& options) {
  auto plans = plan_chain(chain, lowerings_, options.plan);
  if (!plans) return plans.error();
  auto stages = stage_bytes(chain, lowerings_, *plans);
  if (!stages) return stages.error();
  for (std::size_t l = 0; l < lowerings_.size(); ++l) {
    const Lowering& lowering = lowerings_[l];
    for (std::size_t s = 0; s < lowering.stages.size(); ++s) {
      StageBytes& bytes = (*stages)[steps_.size()];
      Step step{.plan = std::move((*plans)[l][s]),
                .swapped = s == 0 && lowering.swap_operands,
                .shape = lowering.stage_shapes[s],
                .activated_shape = lowering.stage_shapes[s]};
      if (s + 1 == lowering.stages.size()) {
        step.last_axis = lowering.last_axis;
        step.activated_shape = lowering.y_shape;
      }
      const bool last = steps_.size() + 1 == stages->size();
      const bool streamed = options.output == Output::Streamed && last &&
                            step.last_axis == LastAxisActivation::None && bytes.y > kHeldBytes;
      const bool in_place = reuse_ == Reuse::Once && bytes.packed > kPackedBytes;
      using plan::Banded;
      if (streamed) {
        step.banded =
            Banded::make(lowering.stages[s], step.plan, options.plan, Banded::Goal::Streamed);
        streamed_ = step.banded.has_value();
      }
      if (!step.banded && in_place) {
        step.banded =
            Banded::make(lowering.stages[s], step.plan, options.plan, Banded::Goal::InPlace);
      }
      if (step.banded) {
        bytes.packed = 0;
        bytes.workspace = step.banded->workspace_bytes();
      }
      if (streamed_) bytes.y = 0;
      steps_.push_back(std::move(step));
    }
  }
  const auto bytes = chain_bytes(*stages, reuse_);
  if (!bytes) return bytes.error();
  bytes_ = *bytes;
  return check_fits(*bytes, options.max_bytes);
}

void PreparedChain::give_operands(const ChainLayer& layer, std::size_t l, std::size_t first_step) {
  for (std::size_t s = 0; s < lowerings_[l].stages.size(); ++s) {
    Step& step = steps_[first_step + s];
    step.weights = layer.weights[s];
    if (lowerings_[l].stages[s].has_bias) step.bias = *layer.bias;
    if (reuse_ == Reuse::Many && !step.swapped && !step.banded) {
      step.packed = step.plan.pack(step.weights.data.get());
      step.is_packed = true;
    }
  }
}

bool PreparedChain::fits(const io::Tensor& x) const {
  return x.dtype == x_dtype_ && x.untyped == x_untyped_ && x.shape == x_shape_;
}

Result<void> PreparedChain::run(const io::Tensor& x, std::byte* y, Buffers& buffers) const {
  assert(!streamed_);
  const auto result = run_until(steps_.size(), x, y, buffers);
  if (!result) return result.error();
  return {};
}

Result<ChainResult> PreparedChain::run(const io::Tensor& x, Buffers& buffers) const {
  auto y = io::allocate_tensor(dtype_, y_shape());
  if (!y) return y.error();
  if (auto done = run(x, y->bytes, buffers); !done) return done.error();
  return ChainResult{.y = std::move(y->tensor), .lowerings = lowerings_};
}

Result<void> PreparedChain::stream(const io::Tensor& x, Buffers& buffers,
                                   const plan::Banded::WriteAt& write) const {
  assert(streamed_);
  const auto input = run_until(steps_.size() - 1, x, nullptr, buffers);
  if (!input) return input.error();
  const Step& step = steps_.back();
  const auto times = step.banded->run(operands_of(step, *input, nullptr), write);
  if (!times) return times.error();
  buffers.times_.add(*times);
  return {};
}

Result<const std::byte*> PreparedChain::run_until(std::size_t count, const io::Tensor& x,
                                                  std::byte* y, Buffers& buffers) const {
  assert(fits(x));
  const auto input = input_of(x, buffers);
  if (!input) return input.error();
  const std::byte* from = *input;
  for (std::size_t i = 0; i < count; ++i) {
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
    buffers.packed_ = {};
    buffers.x_.release();
    buffers.results_[(i + 1) % 2].release();
    if (last) room.release();
  }
  return from;
}

Result<const std::byte*> PreparedChain::input_of(const io::Tensor& x, Buffers& buffers) const {
  if (io::is_converted(x, dtype_)) return static_cast<const std::byte*>(x.data.get());
  auto room = buffers.x_.make(dtype_, x.shape);
  if (!room) {
    room.error().where = x.name;
    return room.error();
  }
  support::Stopwatch watch;
  if (auto done = io::convert_into(x, dtype_, *room); !done) return done.error();
  buffers.times_.pack += watch.lap();
  return static_cast<const std::byte*>(*room);
}

Operands PreparedChain::operands_of(const Step& step, const std::byte* from, std::byte* to) {
  Operands operands{.x = from, .w = step.weights.data.get(), .bias = step.bias.data.get(), .y = to};
  if (step.swapped) std::swap(operands.x, operands.w);
  return operands;
}

void PreparedChain::compute(const Step& step, const std::byte* from, std::byte* to,
                            Buffers& buffers) const {
  const Operands operands = operands_of(step, from, to);
  if (step.banded) return buffers.times_.add(step.banded->run(operands));
  support::Stopwatch watch;
  if (!step.is_packed) step.plan.pack(operands.w, buffers.packed_);
  buffers.times_.pack += watch.lap();
  step.plan.run(operands, step.is_packed ? &step.packed : &buffers.packed_);
  buffers.times_.compute += watch.lap();
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
