// One convolution, raised into the target's own layer and steps around it.
#pragma once
#include <string>
#include <vector>

#include "frameworks/port.hpp"
#include "frameworks/port_target.hpp"

namespace tconv::frameworks {

struct Raised {
  std::string rule{};  // not empty: it is impossible, and why
  PortedStage stage{};
  std::vector<std::string> with{}, notes{};
  bool any_size = true;
};

// `sizes` is one problem at several input lengths. With `asked` the answer must hold for the first,
// else for all of them. Fails with Usage where it depends on the length, and none was asked.
Result<Raised> raise(const std::vector<Problem>& sizes, bool asked, const PortTarget& target);

}  // namespace tconv::frameworks
