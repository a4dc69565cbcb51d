// Those of numpy.pad: reflect, edge, wrap, symmetric.
#include "problem/borrowed_index.hpp"

#include <algorithm>

namespace tconv {
namespace {

std::int64_t floor_modulo(std::int64_t a, std::int64_t n) { return (a % n + n) % n; }

}  // namespace

std::int64_t borrowed_index(PadMode mode, std::int64_t position, std::int64_t extent) {
  switch (mode) {
    case PadMode::Replicate: return std::clamp<std::int64_t>(position, 0, extent - 1);
    case PadMode::Circular: return floor_modulo(position, extent);
    case PadMode::Reflect: {
      if (extent == 1) return 0;
      const std::int64_t m = floor_modulo(position, 2 * (extent - 1));
      return m < extent ? m : 2 * (extent - 1) - m;
    }
    case PadMode::Symmetric: {
      const std::int64_t m = floor_modulo(position, 2 * extent);
      return m < extent ? m : 2 * extent - 1 - m;
    }
    case PadMode::Zeros:
    case PadMode::Constant: break;
  }
  return kPadValue;
}

}  // namespace tconv
