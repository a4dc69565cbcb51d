// What each framework offers to a convolution that was written for another: layers that may give
// it, in the framework's own arguments. Whether one does is asked of its lowering (port.cpp).
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "frameworks/assemble.hpp"
#include "frameworks/forms.hpp"
#include "frameworks/lowering.hpp"
#include "frameworks/normal_form.hpp"

namespace tconv::frameworks {

// A convolution to find a layer for.
struct Sought {
  NormalForm form{};
  Sizes ends{};             // per axis: the most that any input length reads behind x
  bool transposed = false;  // so it was written; looked for first
  bool bias = false;
  DType dtype = DType::Float32;

  // Of axis i as a transposed one.
  std::int64_t crop_begin(std::size_t i) const {
    return form.axes[i].reach() - 1 - form.axes[i].begin;
  }
  std::int64_t crop_end(std::size_t i) const { return form.axes[i].reach() - 1 - ends[i]; }
  // Whether a forward layer, or a transposed one, could give it at all.
  bool can_be_forward() const;
  bool can_be_transposed() const;
};

struct Candidate {
  Layer layer{};
  Shape weights{};     // that the layer takes
  bool usual = false;  // what people write: where it has the right shape and is wrong, worth a word
};

struct PortTarget {
  const Framework* framework = nullptr;
  ChannelOrder order = ChannelOrder::First;
  int least_rank = 1, most_rank = 3;
  bool takes_bias = true;
  bool pads_without_end = false;   // its pad function takes pads longer than the input
  bool wraps_without_end = false;  // at least where they wrap
  // Elements of a padded axis whose index its code may write out, where it has no words for it.
  std::int64_t most_indices = std::numeric_limits<std::int64_t>::max();
  // Best first. None need give it.
  std::vector<Candidate> (*candidates)(const Sought& sought) = nullptr;
  // The rule that leaves the framework without any layer, steps around it or not; empty for none.
  std::string (*obstacle)(const Sought& sought) = nullptr;
};

extern const PortTarget kPortPyTorch, kPortKeras, kPortOnnx, kPortJax, kPortFlax;

Value pairs_value(const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs);

// One member of each axis.
Sizes per_axis(const NormalForm& form, std::int64_t NormalAxis::*member);

// `sizes`, the others before and behind.
Shape weight_shape(const Shape& before, const Sizes& sizes, const Shape& behind);

inline Sizes kernels_of(const NormalForm& form) { return per_axis(form, &NormalAxis::kernel); }

}  // namespace tconv::frameworks
