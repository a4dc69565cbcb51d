// Steps around a layer that may make a framework's own layer the one sought.
#pragma once
#include <vector>

#include "frameworks/port.hpp"
#include "frameworks/port_target.hpp"

namespace tconv::frameworks {

struct Attempt {
  Sought sought{};  // what the layer between the steps is to compute
  Steps steps{};
  Split split = Split::None;
  bool reversed = false;  // it takes the taps in reverse
};

// The fewest steps first.
std::vector<Attempt> attempts_with_steps(const Sought& sought);

// The same for an x of so few elements that taps meet it once more a period on: with a dilation of
// one period at most, or by as much less than one backwards, and windows that begin where padding
// of two equal ends would have them.
Attempt within_period(const Sought& sought, bool reversed);

}  // namespace tconv::frameworks
