// Indices of one axis in another order, such as the channels of an image.
#pragma once
#include "diff/screen.hpp"

namespace tconv::diff {

// What of two indices has to be the same: their elements, or these up to a constant or a factor
// that the index has for itself.
enum class Likeness { Equal, ButConstant, ButFactor };

struct OrderQuestion {
  const View& view;  // how the rest meets; its ordered axis is not looked at
  Rounding rounding{};
  int axis = 0;
  Likeness likeness = Likeness::Equal;
};

// For each of A's indices along the axis that of B which is like it in a few lines through the
// tensors; null where one has none, or where the order is no other.
std::shared_ptr<const std::vector<std::int64_t>> find_order(const Subject& subject,
                                                            const Screen& screen,
                                                            const OrderQuestion& question,
                                                            std::int64_t& work);

}  // namespace tconv::diff
