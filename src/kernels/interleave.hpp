// Results of a strided row come phase by phase; in memory the phases alternate.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tconv::kernels {

// For each of `rows` rows, y[l*phases + f] = from[f*phase_pitch + l] for the first `count` elements
// of y, which may lie unaligned; from the next row on, from and y move by their pitches.
// A phase has room for a whole vector behind its last element.
template <typename T>
struct Interleave {
  const T* from = nullptr;
  std::int64_t phases = 2, phase_pitch = 0;  // elements
  std::int64_t count = 0;
  std::byte* y = nullptr;
  std::int64_t rows = 1;
  std::int64_t from_pitch = 0;  // elements
  std::int64_t y_pitch = 0;     // bytes
};

void interleave(const Interleave<float>& rows);
void interleave(const Interleave<double>& rows);

}  // namespace tconv::kernels
