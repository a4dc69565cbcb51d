// The most arithmetic this machine can do: fused multiply-adds that wait for nothing but each
// other.
#pragma once
#include <cstdint>
#include <string_view>

namespace tconv::kernels {

// Runs `rounds` rounds of multiply-adds on the widest vectors, all in registers, and returns how
// many floating-point operations they were (two a lane and multiply-add).
std::int64_t fma_rounds_f32(std::int64_t rounds);
std::int64_t fma_rounds_f64(std::int64_t rounds);

// The instruction set they use: "AVX3".
std::string_view fma_target();

}  // namespace tconv::kernels
