// A chain made ready for inputs of one shape and dtype: lowered, planned, its weights converted and
// packed. What is left for each input is to compute.
//
//   auto chain = PreparedChain::make(read, x, {.reuse = Reuse::Many});
//   PreparedChain::Buffers buffers;             // of one thread
//   chain->run(x, y, buffers);                  // many times, without an allocation after the
//   first
#pragma once
#include <array>
#include <optional>
#include <vector>

#include "batch/chain.hpp"
#include "plan/banded.hpp"

namespace tconv::batch {

class PreparedChain {
 public:
  // What one run at a time works in. Without Reuse::Many nothing stays in it.
  class Buffers;

  // Of x only shape and dtype are looked at. Fails as describe_chain and plan_chain do, with Usage
  // where weights are missing, with TooLarge where a run would take more than options.max_bytes,
  // and with DTypeMismatch where weights do not convert.
  static Result<PreparedChain> make(const Chain& chain, const io::Tensor& x,
                                    const ComputeOptions& options);

  // Whether run() takes x: strides and byte order may be any.
  bool fits(const io::Tensor& x) const;

  DType dtype() const { return dtype_; }
  const Shape& y_shape() const { return lowerings_.back().y_shape; }
  std::int64_t bytes() const { return bytes_; }  // chain_bytes: shared ones, one Buffers, x and y
  const std::vector<frameworks::Lowering>& lowerings() const { return lowerings_; }

  // Fills y: y_shape() elements of dtype(), dense in C order. x is one that fits. Any number of
  // threads may run at once, each with Buffers of its own. Fails with DTypeMismatch where x does
  // not convert, and with TooLarge; then y is in no particular state.
  Result<void> run(const io::Tensor& x, std::byte* y, Buffers& buffers) const;

  // The same into a tensor of its own.
  Result<ChainResult> run(const io::Tensor& x, Buffers& buffers) const;

  // Whether y is large enough, and the last stage such, that stream() writes it as it is computed.
  bool streams() const { return streamed_; }

  // Writes y in bands instead: write(bytes, size, at) puts bytes at a place of it, and several
  // threads call it at once. Needs streams(). Fails as run() does, and as the first write that
  // fails.
  Result<void> stream(const io::Tensor& x, Buffers& buffers,
                      const plan::Banded::WriteAt& write) const;

 private:
  // Memory that grows as needed and is kept.
  class Room {
   public:
    Result<std::byte*> make(DType dtype, const Shape& shape);
    void release() { *this = {}; }

   private:
    io::NewTensor memory_{};
    std::int64_t bytes_ = -1;  // that memory_ has room for
  };

  // One stage of a layer.
  struct Step {
    Plan plan;
    io::Tensor weights{};  // or, for a stage that takes its operands the other way round, its x
    bool swapped = false;
    io::Tensor bias{};  // of no elements where there is none
    PackedWeights packed{};
    bool is_packed = false;
    std::optional<plan::Banded> banded{};                     // computes it instead of the plan
    Shape shape{};                                            // of the stage's y
    LastAxisActivation last_axis = LastAxisActivation::None;  // afterwards
    Shape activated_shape{};
  };

  PreparedChain() = default;
  Result<void> plan_steps(const Chain& chain, const ComputeOptions& options);
  void give_operands(const ChainLayer& layer, std::size_t l, std::size_t first_step);
  // Runs the first `count` steps, the last of all into y, and returns where the result lies.
  Result<const std::byte*> run_until(std::size_t count, const io::Tensor& x, std::byte* y,
                                     Buffers& buffers) const;
  Result<const std::byte*> input_of(const io::Tensor& x, Buffers& buffers) const;
  static Operands operands_of(const Step& step, const std::byte* from, std::byte* to);
  void compute(const Step& step, const std::byte* from, std::byte* to, Buffers& buffers) const;
  Result<void> activate(const Step& step, const std::byte* from, std::byte* to) const;

  DType dtype_ = DType::Float32;
  Reuse reuse_ = Reuse::Once;
  DType x_dtype_ = DType::Float32;
  bool x_untyped_ = false;
  Shape x_shape_{};
  std::int64_t bytes_ = 0;
  bool streamed_ = false;
  std::vector<frameworks::Lowering> lowerings_{};
  std::vector<Step> steps_{};
};

class PreparedChain::Buffers {
 public:
  const plan::Times& times() const { return times_; }  // of all runs in it; x converts in `pack`

 private:
  friend PreparedChain;
  Room x_{};
  std::array<Room, 2> results_{};  // of the stages in turn
  PackedWeights packed_{};         // where an x stands in the weights' place
  plan::Times times_{};
};

}  // namespace tconv::batch
