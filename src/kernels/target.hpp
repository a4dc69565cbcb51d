// The instruction set the kernels run with. Highway compiles them for several; choosing is ours,
// since its library spends four milliseconds at every start of a program on timers we do not use.
#pragma once
#include <type_traits>

namespace tconv::kernels {

enum class Target { Baseline, Sse4, Avx2, Avx3 };  // of x86; others have one, the baseline

// The best this processor has, or what was chosen for a test.
Target target();

// Runs the kernels with a lesser instruction set from now on. Plans that are made keep theirs.
// The processor must have it. For tests only: not while other threads plan.
void choose_target(Target target);
Target best_target();

// The function for the chosen target, or the next lesser one that was compiled.
template <typename Function>
Function* pick(std::type_identity_t<Function>* avx3, std::type_identity_t<Function>* avx2,
               std::type_identity_t<Function>* sse4, Function* baseline) {
  if (target() >= Target::Avx3 && avx3 != nullptr) return avx3;
  if (target() >= Target::Avx2 && avx2 != nullptr) return avx2;
  if (target() >= Target::Sse4 && sse4 != nullptr) return sse4;
  return baseline;
}

}  // namespace tconv::kernels

// The address of FUNCTION in the namespace of the chosen target. After foreach_target.h has had its
// turns, where HWY_ONCE is set.
#define TCONV_DISPATCH(FUNCTION)                                               \
  ::tconv::kernels::pick(HWY_CHOOSE_AVX3(FUNCTION), HWY_CHOOSE_AVX2(FUNCTION), \
                         HWY_CHOOSE_SSE4(FUNCTION), HWY_CHOOSE_FALLBACK(FUNCTION))
