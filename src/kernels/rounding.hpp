// Whole numbers of parts. Of values from 0 on.
#pragma once
#include <cstdint>

namespace tconv::kernels {

inline std::int64_t quotient_up(std::int64_t value, std::int64_t by) {
  return (value + by - 1) / by;
}

inline std::int64_t rounded_up(std::int64_t value, std::int64_t to) {
  return quotient_up(value, to) * to;
}

}  // namespace tconv::kernels
