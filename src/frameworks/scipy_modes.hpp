// What SciPy's modes mean in elements.
#pragma once
#include <cstdint>

#include "frameworks/assemble.hpp"

namespace tconv::frameworks::scipy {

enum class Mode { Full, Same, Valid };

// For an even kernel correlate2d centres one sample apart from the other three functions.
inline Ends mode_pads(Mode mode, std::int64_t kernel, bool is_correlate2d) {
  const std::int64_t rest = kernel - 1;
  if (mode == Mode::Valid) return {};
  if (mode == Mode::Full) return {.begin = rest, .end = rest};
  const std::int64_t begin = is_correlate2d ? rest / 2 : kernel / 2;
  return {.begin = begin, .end = rest - begin};
}

}  // namespace tconv::frameworks::scipy
