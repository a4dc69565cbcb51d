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
  std::vector<std::int64_t> least_lengths{};  // as PortedLayer's
};

// One problem at several input lengths. With `asked` the answer must hold for the first, else for
// all of them.
struct RaiseRequest {
  std::vector<Problem> sizes{};
  bool asked = false;
  bool groups_along_batch = false;
};

// Fails with Usage where the answer depends on the length, and none was asked.
Result<Raised> raise(const RaiseRequest& request, const PortTarget& target);

}  // namespace tconv::frameworks
