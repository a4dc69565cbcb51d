#include "kernels/target.hpp"

namespace tconv::kernels {
namespace {

// What Highway 1.0.3 compiles each of its targets with (hwy/ops/set_macros-inl.h).
Target detect() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool sse4 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("aes") &&
                    __builtin_cpu_supports("pclmul");
  const bool avx2 = sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2");
  const bool avx3 = avx2 && __builtin_cpu_supports("avx512f") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw");
  return avx3 ? Target::Avx3 : avx2 ? Target::Avx2 : sse4 ? Target::Sse4 : Target::Baseline;
#else
  return Target::Baseline;
#endif
}

Target& chosen() {
  static Target target = detect();
  return target;
}

}  // namespace

Target target() { return chosen(); }
void choose_target(Target target) { chosen() = target; }
Target best_target() {
  static const Target best = detect();
  return best;
}

}  // namespace tconv::kernels
