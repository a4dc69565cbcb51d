// Prepared chains, one for each shape and dtype of input that a batch meets.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "batch/prepared_chain.hpp"
#include "batch/schedule.hpp"

namespace tconv::batch {

struct ReadyChain {
  PreparedChain chain;
  ChainNeeds needs{};
  io::Tensor y{};            // dtype, shape and strides of the result, without its bytes
  std::string npy_header{};  // of it
};

class ChainCache {
 public:
  // `chain` must outlive the cache. A shape that would take more than max_bytes with this schedule
  // is refused.
  ChainCache(const Chain& chain, const PlanOptions& plan, const Schedule& schedule,
             std::int64_t max_bytes);

  // May be called by several threads at once. `last` is what the caller got before: mostly it fits
  // again. Fails as PreparedChain::make does.
  Result<std::shared_ptr<const ReadyChain>> ready_for(
      const io::Tensor& x, const std::shared_ptr<const ReadyChain>& last);

  // What a user should know of the layers, as the first input showed it.
  std::vector<std::string> notes();

 private:
  Result<std::shared_ptr<const ReadyChain>> make(const io::Tensor& x);
  void make_room(const ChainNeeds& needs);

  const Chain& chain_;
  PlanOptions plan_;
  Schedule schedule_;
  std::int64_t max_bytes_;
  std::mutex changing_{};
  std::vector<std::string> notes_{};
  bool first_ = true;
  std::list<std::shared_ptr<const ReadyChain>> ready_{};  // the one used last in front
};

}  // namespace tconv::batch
