// What the paddings that flax has beside lax's mean in elements; `reach` is the dilated kernel.
// Sources: flax flax/linen/linear.py (_Conv.__call__, ConvTranspose.__call__).
#pragma once
#include <algorithm>
#include <string_view>

#include "frameworks/arguments.hpp"

namespace tconv::frameworks::flax {

// 'CAUSAL', 'CIRCULAR' and 'REFLECT' of a forward layer.
inline Arguments::Pair forward_pads(std::string_view word, std::int64_t reach) {
  const std::int64_t rest = reach - 1;
  return word == "CAUSAL" ? Arguments::Pair{rest, 0} : Arguments::Pair{rest / 2, rest - rest / 2};
}

// 'CIRCULAR' of a transposed layer: a scatter that wraps around a period of input * stride is a
// gather from the input spread out by the stride and repeated, which starts a `shift` later.
inline Arguments::Pair wrapped_pads(std::int64_t reach, std::int64_t stride,
                                    bool transpose_kernel) {
  const std::int64_t overlap = std::max<std::int64_t>(0, reach - stride);
  const std::int64_t shift = transpose_kernel ? (overlap + 1) / 2 : overlap / 2;
  const std::int64_t low = reach - 1 - shift;
  return {low, stride + reach - 2 - low};
}

}  // namespace tconv::frameworks::flax
